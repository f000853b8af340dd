import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The HTTP server behind the outlets: `GET` and `HEAD` give the file, `POST` answers with the SHA-256 of the body in
 * hex, and `/headers` with the lines of the request's head that have a name of the form `X-…`.
 */
export class FileServer implements AsyncDisposable {
  readonly file: Uint8Array;
  readonly #server;

  private constructor(file: Uint8Array) {
    this.file = file;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** A server of `file` on a free port of 127.0.0.1. */
  static async listen(file: Uint8Array): Promise<FileServer> {
    const server = new FileServer(file);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === "/headers") {
      const { rawHeaders: raw } = request;
      const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1]}`] : []));
      response.end(lines.filter((line) => /^x-/i.test(line)).join("\n"));
      return;
    }
    if (request.method === "POST") {
      const hash = createHash("sha256");
      request.on("data", (piece: Uint8Array) => hash.update(piece));
      request.on("end", () => response.end(hash.digest("hex")));
      return;
    }
    response.setHeader("content-length", this.file.length);
    response.end(request.method === "HEAD" ? undefined : this.file);
  }
}
