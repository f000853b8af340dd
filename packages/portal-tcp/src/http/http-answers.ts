import { notHttp } from "./http-error.ts";
import type { HttpBody, HttpHeader } from "./http-header.ts";
import { bodyOf } from "./http-header.ts";
import { HttpScanner } from "./http-scanner.ts";

/** A request that an answer is expected to. */
export interface ExpectedAnswer {
  readonly method: string;
  /** It asks to go on with another protocol: `CONNECT`, or with an `Upgrade`. */
  readonly asksForTunnel: boolean;
}

/** Requests without an answer that a client may have; further ones are no HTTP to us. */
export const MAX_HTTP_REQUESTS = 1024;

/**
 * Watches what a server answers, and changes nothing: whether a request that asked for another protocol got it. Once
 * it cannot follow any more, nobody gets one.
 */
export class HttpAnswers {
  readonly #onTunnel: (granted: boolean) => void;
  readonly #scanner: HttpScanner;
  readonly #expected: ExpectedAnswer[] = [];
  #isLost = false;
  #isTunnel = false;

  /** `onTunnel`: the answer to each request that asked for a tunnel. */
  constructor(onTunnel: (granted: boolean) => void) {
    this.#onTunnel = onTunnel;
    this.#scanner = new HttpScanner({
      onFirstLine: (line) => void parseStatus(line),
      onHead: (line, headers) => this.#onHead(line, headers),
      onBody: () => {},
      onTrailers: () => {},
      onMessage: () => {},
      onTunnel: () => {},
    });
  }

  /** A request went to the server. */
  expect(request: ExpectedAnswer): void {
    if (this.#expected.length >= MAX_HTTP_REQUESTS) throw notHttp("it asks on without reading answers");
    if (request.asksForTunnel && this.#isLost) throw notHttp("the server's answers are not HTTP/1.1");
    if (!this.#isLost) this.#expected.push(request);
  }

  /**
   * The server sent this.
   * @throws OckamError OCKAM_PORTAL_NOT_HTTP when that decides nothing about a tunnel that a client waits for
   */
  push(piece: Uint8Array): void {
    if (this.#isLost || this.#isTunnel) return;
    try {
      this.#scanner.push(piece);
    } catch (error) {
      this.#isLost = true;
      const waits = this.#expected.splice(0).some(({ asksForTunnel }) => asksForTunnel);
      if (waits || this.#isTunnel) throw error;
    }
  }

  #onHead(line: string, headers: readonly HttpHeader[]): HttpBody {
    if (this.#isTunnel) return "untilEnd";
    const status = parseStatus(line);
    if (status < 200 && status !== 101) return 0;
    const request = this.#expected.shift();
    if (request === undefined) throw notHttp("the server answered what nobody asked");
    const isTunnel = status === 101 || (request.method === "CONNECT" && status < 300);
    if (isTunnel && !request.asksForTunnel) throw notHttp("the server went on with another protocol");
    if (request.asksForTunnel) {
      this.#isTunnel = isTunnel;
      this.#onTunnel(isTunnel);
    }
    if (isTunnel) return "untilEnd";
    if (request.method === "HEAD" || status === 204 || status === 304) return 0;
    return bodyOf(headers) ?? "untilEnd";
  }
}

function parseStatus(line: string): number {
  const digits = /^HTTP\/1\.[01] (\d{3})(?: .*)?$/.exec(line)?.[1];
  if (digits === undefined) throw notHttp("the server's answer is malformed");
  return Number(digits);
}
