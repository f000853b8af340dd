import { createHash } from "node:crypto";
import { request } from "node:http";
import { request as secureRequest } from "node:https";

import { TEST_AUTHORITY } from "../../../packages/portal-kafka/testing/certificate.ts";

/** What a server answered; of the body only its length and SHA-256. */
export interface HttpAnswer {
  readonly status: number;
  readonly length: number;
  readonly sha256: string;
  /** The first 4096 bytes of the body as text. */
  readonly beginning: string;
}

/** What to ask for. */
export interface HttpQuestion {
  readonly method?: "GET" | "HEAD" | "POST";
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Milliseconds for everything; 5000 by default. */
  readonly timeout?: number;
}

/** One request to a port of 127.0.0.1 on a connection of its own, like `curl --max-time`. Rejects when it fails. */
export function httpRequest(port: number, question: HttpQuestion = {}): Promise<HttpAnswer> {
  const { method = "HEAD", path = "/", headers = {}, body, timeout = 5000 } = question;
  const options = {
    host: "127.0.0.1",
    port,
    method,
    path,
    headers,
    agent: false,
    signal: AbortSignal.timeout(timeout),
  };
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      const hash = createHash("sha256");
      let length = 0;
      let beginning = "";
      response.on("data", (piece: Buffer) => {
        hash.update(piece);
        if (length < 4096) beginning += piece.toString("utf8", 0, 4096 - length);
        length += piece.length;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, length, sha256: hash.digest("hex"), beginning }),
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** The status of an answer over TLS: from a port of 127.0.0.1, by a server that proves to be `host`. */
export function httpsRequest(port: number, host: string): Promise<number> {
  const options = {
    host: "127.0.0.1",
    port,
    servername: host,
    ca: TEST_AUTHORITY,
    method: "HEAD",
    agent: false,
  };
  return new Promise((resolve, reject) => {
    const call = secureRequest({ ...options, signal: AbortSignal.timeout(5000) }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("error", reject);
    call.end();
  });
}
