import { connect } from "node:net";

const CHUNK = new Uint8Array(64 * 1024).fill(0x62);

/** MiB per second, and the processor seconds that the system spent for each GiB. */
export interface Throughput {
  readonly rate: number;
  readonly cost: number;
}

/** Moves `length` bytes in `direction` over `streams` connections at once. `cpuSeconds` reads the system's processor time. */
export async function measureThroughput(
  port: number,
  direction: "up" | "down",
  streams: number,
  length: number,
  cpuSeconds: () => number,
): Promise<Throughput> {
  const share = Math.ceil(length / streams);
  const [cpu, start] = [cpuSeconds(), performance.now()];
  const stream = direction === "up" ? upload : download;
  await Promise.all(Array.from({ length: streams }, () => stream(port, share)));
  const seconds = (performance.now() - start) / 1000;
  const bytes = share * streams;
  return { rate: bytes / 2 ** 20 / seconds, cost: (cpuSeconds() - cpu) / (bytes / 2 ** 30) };
}

function upload(port: number, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let missing = length;
    const pump = (): void => {
      while (missing > 0) {
        const chunk = CHUNK.subarray(0, missing);
        missing -= chunk.length;
        if (!socket.write(chunk)) return;
      }
    };
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.write(`up ${length}\n`);
      pump();
    });
    socket.on("drain", pump);
    socket.once("data", () => {
      socket.destroy();
      resolve();
    });
    socket.once("close", () => reject(new Error("the upload was cut")));
  });
}

function download(port: number, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = length;
    // One reused buffer: the load generator shares two processors with what it measures.
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: new Uint8Array(256 * 1024),
        callback: (count) => {
          missing -= count;
          if (missing > 0) return true;
          socket.destroy();
          resolve();
          return false;
        },
      },
    });
    socket.once("error", reject);
    socket.once("connect", () => socket.write(`down ${length}\n`));
    socket.once("close", () => reject(new Error("the download was cut")));
  });
}
