// Takes one direction of an HTTP/1.x connection apart. RFC 9112; docs/protocol/portals.md, "HTTP headers".
import { notHttp } from "./http-error.ts";
import type { HttpBody, HttpHeader } from "./http-header.ts";
import { parseHeader } from "./http-header.ts";

/** Bytes that a head, or the trailers of a chunked body, may have. */
export const MAX_HTTP_HEAD_LENGTH = 65_536;
/** Header lines that a head, or the trailers of a chunked body, may have. */
export const MAX_HTTP_HEADERS = 256;
/** Bytes that the line before a chunk may have. */
export const MAX_HTTP_CHUNK_LINE_LENGTH = 4096;

/** What an {@link HttpScanner} finds, in order. */
export interface HttpScannerEvents {
  /** The first line of a message is complete. Throws when it is none. */
  onFirstLine(line: string): void;
  /** The head is complete. Says how long the body is. */
  onHead(firstLine: string, headers: readonly HttpHeader[]): HttpBody;
  /** A piece of the body, with all that frames it, as it came. */
  onBody(piece: Uint8Array): void;
  /** The end of a chunked body. */
  onTrailers(headers: readonly HttpHeader[]): void;
  /** The message is over: may {@link HttpScanner.hold} what follows. */
  onMessage(): void;
  /** Bytes after {@link HttpScanner.release} into a tunnel. */
  onTunnel(piece: Uint8Array): void;
}

type State = "head" | "body" | "chunkLine" | "chunkEnd" | "trailers" | "untilEnd" | "held" | "tunnel";

/** Finds the messages in a stream of bytes, however it is cut. */
export class HttpScanner {
  readonly #events: HttpScannerEvents;
  #state: State = "head";
  // the lines so far, in "head" and "trailers"
  #firstLine: string | undefined;
  #headers: HttpHeader[] = [];
  #headLength = 0;
  // the line so far
  #line = "";
  #endsInReturn = false;
  // what is left of the body or of the chunk
  #left = 0;
  #isChunked = false;
  #held: Uint8Array[] = [];

  constructor(events: HttpScannerEvents) {
    this.#events = events;
  }

  /** Whether nothing of a message has come that was not told of yet. */
  get isBetweenMessages(): boolean {
    return this.#state !== "head" || (this.#line === "" && this.#firstLine === undefined);
  }

  /** @throws OckamError OCKAM_PORTAL_NOT_HTTP; nothing may be pushed any more then */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at = this.#take(chunk, at);
  }

  /** What follows is kept until {@link release}. Between messages only. */
  hold(): void {
    this.#state = "held";
  }

  /** Goes on with what was held: `tunnel` says that it is no HTTP. */
  release(tunnel: boolean): void {
    this.#state = tunnel ? "tunnel" : "head";
    const held = this.#held;
    this.#held = [];
    for (const piece of held) this.push(piece);
  }

  /** Takes what it can from `at` on, and returns how far it came. */
  #take(chunk: Uint8Array, at: number): number {
    switch (this.#state) {
      case "head":
      case "trailers":
      case "chunkLine":
      case "chunkEnd":
        return this.#takeLine(chunk, at);
      case "body": {
        const end = Math.min(chunk.length, at + this.#left);
        this.#left -= end - at;
        this.#events.onBody(chunk.subarray(at, end));
        if (this.#left === 0) this.#bodyOver();
        return end;
      }
      case "untilEnd":
        this.#events.onBody(chunk.subarray(at));
        return chunk.length;
      case "held":
        this.#held.push(chunk.subarray(at));
        return chunk.length;
      default:
        this.#events.onTunnel(chunk.subarray(at));
        return chunk.length;
    }
  }

  #takeLine(chunk: Uint8Array, at: number): number {
    const feed = chunk.indexOf(LINE_FEED, at);
    const end = feed < 0 ? chunk.length : feed;
    const most =
      this.#state === "chunkLine" || this.#state === "chunkEnd"
        ? MAX_HTTP_CHUNK_LINE_LENGTH
        : MAX_HTTP_HEAD_LENGTH - this.#headLength;
    if (this.#line.length + end - at > most) throw notHttp("a head is too long");
    if (end > at) {
      // A line has no control characters, but for the carriage return at its end: binary protocols, TLS among them,
      // are noticed at their first bytes.
      const isPlain = chunk.subarray(at, end - 1).every(isPrintable);
      const last = chunk[end - 1]!;
      if (this.#endsInReturn || !isPlain || (last !== CARRIAGE_RETURN && !isPrintable(last)))
        throw notHttp("a line has control characters");
      this.#endsInReturn = last === CARRIAGE_RETURN;
      this.#line += Buffer.from(chunk.buffer, chunk.byteOffset + at, end - at).toString("latin1");
    }
    if (feed < 0) return end;
    if (!this.#endsInReturn) throw notHttp("a line does not end in CR LF");
    this.#endsInReturn = false;
    const line = this.#line.slice(0, -1);
    this.#line = "";
    this.#onLine(line);
    return feed + 1;
  }

  #onLine(line: string): void {
    switch (this.#state) {
      case "chunkEnd":
        if (line !== "") throw notHttp("a chunk is longer than it says");
        this.#events.onBody(bytesOf("\r\n"));
        this.#state = "chunkLine";
        return;
      case "chunkLine":
        this.#onChunkLine(line);
        return;
      case "head":
      case "trailers":
        this.#headLength += line.length + 2;
        if (line === "") this.#onEmptyLine();
        else if (this.#state === "head" && this.#firstLine === undefined) {
          this.#events.onFirstLine(line);
          this.#firstLine = line;
        } else {
          if (this.#headers.length >= MAX_HTTP_HEADERS) throw notHttp("it has too many headers");
          this.#headers.push(parseHeader(line));
        }
        return;
      default:
    }
  }

  #onChunkLine(line: string): void {
    const digits = /^([0-9a-f]{1,12})[ \t]*(;.*)?$/i.exec(line)?.[1];
    if (digits === undefined) throw notHttp("the length of a chunk is malformed");
    this.#events.onBody(bytesOf(`${line}\r\n`));
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? "trailers" : "body";
  }

  #onEmptyLine(): void {
    // Empty lines in front of a request are left out: RFC 9112, 2.2.
    if (this.#state === "head" && this.#firstLine === undefined) return;
    const [firstLine, headers, state] = [this.#firstLine, this.#headers, this.#state];
    this.#firstLine = undefined;
    this.#headers = [];
    this.#headLength = 0;
    if (state === "trailers") {
      this.#events.onTrailers(headers);
      this.#messageOver();
      return;
    }
    const body = this.#events.onHead(firstLine!, headers);
    this.#isChunked = body === "chunked";
    if (body === "chunked") this.#state = "chunkLine";
    else if (body === "untilEnd") this.#state = "untilEnd";
    else if (body === 0) this.#messageOver();
    else {
      this.#left = body;
      this.#state = "body";
    }
  }

  #bodyOver(): void {
    if (this.#isChunked) this.#state = "chunkEnd";
    else this.#messageOver();
  }

  #messageOver(): void {
    this.#state = "head";
    this.#events.onMessage();
  }
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Whether a line may have the byte. */
export function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || byte === 0x09;
}

/** The bytes of a text with one character a byte. */
export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
