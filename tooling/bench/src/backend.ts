import { createServer } from "node:net";
import type { Socket } from "node:net";

// The process behind every system. A client's first line is `echo 0`, `up LENGTH` or `down LENGTH`: `up` is answered
// with one byte when all has arrived.
const CHUNK = new Uint8Array(64 * 1024).fill(0x61);

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.once("data", (first: Buffer) => {
    const end = first.indexOf(10);
    const [mode = "", count = "0"] = first.toString("latin1", 0, end).split(" ");
    const rest = first.subarray(end + 1);
    if (mode === "echo") {
      socket.write(rest);
      socket.pipe(socket);
    } else if (mode === "up") {
      receive(socket, Number(count) - rest.length);
    } else {
      send(socket, Number(count));
    }
  });
});
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 2048 });

function receive(socket: Socket, missing: number): void {
  socket.on("data", (data: Buffer) => {
    missing -= data.length;
    if (missing <= 0) socket.write("!");
  });
}

function send(socket: Socket, missing: number): void {
  socket.resume();
  const pump = (): void => {
    while (missing > 0 && !socket.destroyed) {
      const chunk = CHUNK.subarray(0, missing);
      missing -= chunk.length;
      if (!socket.write(chunk)) return;
    }
  };
  socket.on("drain", pump);
  pump();
}
