// HTTP headers that an inlet sets. docs/protocol/portals.md, "HTTP headers".
import type { OckamError } from "@ockam/codec";

import type { LocalEnd, LocalEndEvents } from "../local-end.ts";
import { HttpAnswers } from "./http-answers.ts";
import { notHttp } from "./http-error.ts";
import type { HttpBody, HttpHeader } from "./http-header.ts";
import { bodyOf, wordsOf } from "./http-header.ts";
import { bytesOf, HttpScanner } from "./http-scanner.ts";

/** The headers to set. Names are as {@link comparable} makes them, lines have one character a byte. */
export interface HeadersToSet {
  readonly names: ReadonlySet<string>;
  readonly lines: readonly string[];
}

/** An HTTP client whose requests are given headers on their way. Its answers pass as they are. */
export class HttpHeaderEnd implements LocalEnd {
  readonly #end: LocalEnd;
  readonly #headers: HeadersToSet;
  readonly #requests: HttpScanner;
  readonly #answers: HttpAnswers;
  #events: LocalEndEvents | undefined;
  #out: Uint8Array[] = [];
  #asksForTunnel = false;
  #isHolding = false;
  #isPaused = false;
  #hasEnded = false;
  #isOver = false;

  constructor(end: LocalEnd, headers: HeadersToSet) {
    this.#end = end;
    this.#headers = headers;
    this.#answers = new HttpAnswers((granted) => this.#release(granted));
    this.#requests = new HttpScanner({
      onFirstLine: (line) => void parseRequestLine(line),
      onHead: (line, found) => this.#onHead(line, found),
      onBody: (piece) => this.#out.push(piece),
      onTrailers: (found) => this.#emit([...this.#others(found), "", ""]),
      onMessage: () => {
        if (this.#asksForTunnel) this.#hold();
      },
      onTunnel: (piece) => this.#out.push(piece),
    });
  }

  get name(): string {
    return this.#end.name;
  }

  get pendingLength(): number {
    return this.#end.pendingLength;
  }

  start(events: LocalEndEvents): void {
    this.#events = events;
    this.#end.start({
      onData: (chunk, more) => this.#tried(() => this.#requests.push(chunk), more),
      onEnd: () => {
        this.#hasEnded = true;
        this.#endIfDone();
      },
      onError: (cause) => events.onError(cause),
      onDrain: () => events.onDrain(),
      onFinish: () => events.onFinish(),
    });
  }

  opened(): void {
    this.#end.opened();
  }

  write(pieces: readonly Uint8Array[]): void {
    this.#end.write(pieces);
    for (const piece of pieces) this.#tried(() => this.#answers.push(piece), false);
  }

  end(): void {
    this.#end.end();
    // Nobody will answer any more.
    if (this.#isHolding) this.#tried(() => this.#release(false), false);
  }

  close(): void {
    this.#isOver = true;
    this.#end.close();
  }

  reset(cause: OckamError): void {
    this.#isOver = true;
    this.#end.reset(cause);
  }

  pause(): void {
    this.#isPaused = true;
    this.#end.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isHolding) this.#end.resume();
  }

  #onHead(line: string, found: readonly HttpHeader[]): HttpBody {
    const { method, version } = parseRequestLine(line);
    const isConnect = method === "CONNECT";
    const body = bodyOf(found) ?? 0;
    if (body === "untilEnd") throw notHttp("its transfer encoding does not end in chunked");
    if (body === "chunked" && version === "1.0") throw notHttp("HTTP/1.0 knows no transfer encodings");
    if (body !== 0 && isConnect) throw notHttp("CONNECT has no body");
    const others = withoutHiddenHttp(found);
    this.#asksForTunnel = isConnect || others.some(({ name }) => name === "upgrade");
    this.#answers.expect({ method, asksForTunnel: this.#asksForTunnel });
    this.#emit([line, ...this.#headers.lines, ...this.#others(others), "", ""]);
    return body;
  }

  #others(found: readonly HttpHeader[]): readonly string[] {
    return found
      .filter(({ name }) => !this.#isSet(name))
      .map((header) => (header.name === "connection" ? this.#connection(header) : header.line))
      .filter((line) => line !== "");
  }

  /** A proxy would take out what is named there. */
  #connection(header: HttpHeader): string {
    const words = wordsOf([header], "connection");
    const others = words.filter((word) => !this.#isSet(word));
    if (others.length === words.length) return header.line;
    return others.length === 0 ? "" : `${header.line.slice(0, header.name.length)}: ${others.join(", ")}`;
  }

  #isSet(name: string): boolean {
    return this.#headers.names.has(comparable(name));
  }

  #emit(lines: readonly string[]): void {
    this.#out.push(bytesOf(lines.join("\r\n")));
  }

  /** What follows is HTTP or not: the server decides. */
  #hold(): void {
    this.#isHolding = true;
    this.#requests.hold();
    this.#end.pause();
  }

  #release(tunnel: boolean): void {
    // The answer may come before the request is complete.
    this.#asksForTunnel = false;
    if (!this.#isHolding) {
      if (tunnel) throw notHttp("the server went on with another protocol in the middle of a request");
      return;
    }
    this.#isHolding = false;
    this.#requests.release(tunnel);
    if (!this.#isHolding && !this.#isPaused) this.#end.resume();
  }

  #tried(work: () => void, more: boolean): void {
    if (this.#isOver) return;
    try {
      work();
    } catch (error) {
      this.#refuse(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const out = this.#out;
    this.#out = [];
    for (const [index, piece] of out.entries()) this.#events?.onData(piece, more || index < out.length - 1);
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#hasEnded || this.#isHolding || this.#isOver) return;
    this.#hasEnded = false;
    if (this.#requests.isBetweenMessages) this.#events?.onEnd();
    else this.#refuse(notHttp("it ended in the middle of a head"));
  }

  #refuse(cause: Error): void {
    this.#isOver = true;
    this.#out = [];
    this.#events?.onError(cause);
  }
}

/** What is the same for two names that a server may take for one: some make one of "-" and "_". */
export function comparable(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

function parseRequestLine(line: string): { readonly method: string; readonly version: string } {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) [^ \t]+ HTTP\/(1\.[01])$/.exec(line);
  if (match === null) throw notHttp("its first line is no request");
  return { method: match[1]!, version: match[2]! };
}

/**
 * Without the offer to go on with HTTP/2, or with TLS: requests would be out of sight then, and headers that the client
 * must not set itself would get through. The server answers as if it had not been offered.
 */
function withoutHiddenHttp(headers: readonly HttpHeader[]): readonly HttpHeader[] {
  if (!wordsOf(headers, "upgrade").some((word) => /^(h2|http|tls)/i.test(word))) return headers;
  return headers.filter(({ name }) => name !== "upgrade" && name !== "http2-settings");
}
