import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A TCP server that returns what it gets, until the end of the block. */
export async function echoTarget(): Promise<Disposable & { readonly address: string }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, [Symbol.dispose]: () => void server.close() };
}

/** Sends a text to `host:port` and resolves to what returns, or to `closed`. */
export async function throughPort(address: string, text = "hello"): Promise<string> {
  const socket = connect(Number(address.slice(address.lastIndexOf(":") + 1)), "127.0.0.1");
  try {
    socket.write(text);
    return await new Promise((resolve) => {
      socket.on("data", (data) => resolve(String(data)));
      socket.on("error", () => resolve("closed"));
      socket.on("close", () => resolve("closed"));
    });
  } finally {
    socket.destroy();
  }
}
