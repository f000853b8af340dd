import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Bytes a second. */
const RATE = 5_000_000;
const PIECE = 250_000;

/** What became of a transfer: all of it arrived, it was cut off, or nothing more came until the time was over. */
export type TransferEnd = "complete" | "cut" | "stalled";

/** A download from, or an upload to, a port of 127.0.0.1 at 5 MB/s, like `curl --limit-rate 5M --max-time`. */
export async function slowTransfer(
  port: number,
  direction: "download" | "upload",
  options: { readonly length: number; readonly timeout: number },
): Promise<TransferEnd> {
  const signal = AbortSignal.timeout(options.timeout);
  try {
    if (direction === "download") await download(port, signal);
    else await upload(port, options.length, signal);
    return "complete";
  } catch {
    return signal.aborted ? "stalled" : "cut";
  }
}

function download(port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, agent: false, signal }, (response) => {
      response.on("data", (piece: Buffer) => {
        response.pause();
        setTimeout(() => response.resume(), (piece.length / RATE) * 1000);
      });
      response.on("error", reject);
      response.on("end", resolve);
    });
    call.on("error", reject);
    call.end();
  });
}

function upload(port: number, length: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": length };
    const options = { host: "127.0.0.1", port, method: "POST", headers, agent: false, signal };
    const call = request(options, (response) => {
      response.on("error", reject);
      response.on("end", resolve);
      response.resume();
    });
    call.on("error", reject);
    const write = async (): Promise<void> => {
      for (let sent = 0; sent < length && !call.destroyed; sent += PIECE) {
        call.write(new Uint8Array(Math.min(PIECE, length - sent)));
        await sleep((PIECE / RATE) * 1000);
      }
      call.end();
    };
    write().catch(reject);
  });
}
