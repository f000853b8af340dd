import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

import {
  TEST_CERTIFICATE,
  TEST_CERTIFICATE_KEY,
} from "../../../packages/portal-kafka/testing/certificate.ts";

/**
 * The HTTP server behind the outlets: `GET` and `HEAD` give the file, `POST` answers with the SHA-256 of the body in
 * hex, and `/headers` with the lines of the request's head that have a name of the form `X-…`.
 */
export class FileServer implements AsyncDisposable {
  readonly file: Uint8Array;
  readonly #server;

  readonly #pages: ReadonlyMap<string, string>;

  private constructor(file: Uint8Array, pages: ReadonlyMap<string, string>, tls: boolean) {
    this.file = file;
    this.#pages = pages;
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.#server = tls
      ? createSecureServer({ cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY }, answer)
      : createServer(answer);
  }

  /** A server of `file` on a free port of 127.0.0.1, and of other texts by their paths; with `tls` it is localhost. */
  static async listen(
    file: Uint8Array,
    { pages = new Map(), tls = false }: { pages?: ReadonlyMap<string, string>; tls?: boolean } = {},
  ): Promise<FileServer> {
    const server = new FileServer(file, pages, tls);
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
    const page = this.#pages.get(request.url ?? "");
    if (page !== undefined) {
      response.end(page);
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
