import { open, stat } from "node:fs/promises";
import { addAbortSignal, type Readable } from "node:stream";

import { OckamError } from "@ockam/codec";

/** Bytes that a file, a page or standard input may have. */
export const MAX_SOURCE_LENGTH: number = 1024 * 1024;
/** Milliseconds that a web server has for its whole answer. */
export const SOURCE_TIMEOUT = 30_000;
/** How often a web server may send on to another address. */
export const MAX_SOURCE_REDIRECTS = 5;

/** A text, and where it was found. */
export interface TextSource {
  readonly kind: "url" | "file" | "input" | "text";
  /** What to call it in messages; never the text itself, nor the query of a URL. */
  readonly label: string;
  readonly text: string;
}

/** Options of {@link readSource}. */
export interface ReadSourceOptions {
  /** What `-` stands for; `process.stdin` by default. See `Terminal.source`. */
  input?(): Readable;
  readonly signal?: AbortSignal;
  /** Milliseconds for a web server; {@link SOURCE_TIMEOUT} by default. */
  readonly timeout?: number;
}

/**
 * The text that an argument stands for: of a URL (`https://…`, `http://…`, or `host:port/…`), of a file, of standard
 * input (`-`), or the argument itself.
 * @throws OckamError OCKAM_CLI_SOURCE_UNAVAILABLE, OCKAM_CLI_SOURCE_TOO_LONG, OCKAM_CLI_SOURCE_NOT_TEXT
 */
export async function readSource(typed: string, options: ReadSourceOptions = {}): Promise<TextSource> {
  if (typed === "-") {
    const label = "standard input";
    const input = options.input?.() ?? process.stdin;
    if (options.signal !== undefined) addAbortSignal(options.signal, input);
    return { kind: "input", label, text: await readInput(input, label, options.signal) };
  }
  const url = urlOf(typed);
  if (url !== undefined) return { kind: "url", label: labelOf(url), text: await readUrl(url, options) };
  if (await isFile(typed)) return { kind: "file", label: typed, text: await readTextFile(typed) };
  return { kind: "text", label: "the argument", text: typed };
}

/** The address, if the argument is one: absolute, or `host:port/…`. */
function urlOf(typed: string): URL | undefined {
  const trimmed = typed.trim();
  const text = /^[a-z0-9.-]+:\d{1,5}\/\S*$/i.test(trimmed) ? `http://${trimmed}` : trimmed;
  if (!/^https?:\/\/\S+$/i.test(text)) return undefined;
  return URL.canParse(text) ? new URL(text) : undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch {
    // Too long, with a zero byte, or just not there: no path.
    return false;
  }
}

/**
 * The text of a file.
 * @throws OckamError OCKAM_CLI_SOURCE_UNAVAILABLE, OCKAM_CLI_SOURCE_TOO_LONG, OCKAM_CLI_SOURCE_NOT_TEXT
 */
export async function readTextFile(path: string): Promise<string> {
  let file;
  try {
    file = await open(path);
  } catch (error) {
    throw unavailable(`the file ${path} cannot be read: ${reasonOf(error)}`, error);
  }
  await using opened = file;
  // Awaited: the file is closed when this function is left.
  return await readInput(opened.createReadStream({ autoClose: false }), path);
}

async function readInput(input: Readable, label: string, signal?: AbortSignal): Promise<string> {
  const gathered = new Gathered(label);
  try {
    for await (const chunk of input as AsyncIterable<string | Uint8Array>) {
      gathered.add(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof OckamError) throw error;
    throw unavailable(`${label} cannot be read: ${reasonOf(error)}`, error);
  }
  return gathered.text();
}

async function readUrl(url: URL, { signal, timeout = SOURCE_TIMEOUT }: ReadSourceOptions): Promise<string> {
  const late = AbortSignal.timeout(timeout);
  const both = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    const response = await follow(url, both);
    const gathered = new Gathered(labelOf(url));
    for await (const chunk of response.body ?? []) gathered.add(chunk);
    return gathered.text();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof OckamError) throw error;
    const reason = late.aborted ? `no whole answer within ${timeout / 1000} s` : reasonOf(error);
    throw unavailable(`${labelOf(url)} cannot be read: ${reason}`, error);
  }
}

async function follow(start: URL, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let redirects = 0; redirects <= MAX_SOURCE_REDIRECTS; redirects++) {
    const response = await fetch(url, { redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status < 300 || response.status > 399 || location === null) {
      throw unavailable(`${labelOf(url)} cannot be read: the server answers ${response.status}`);
    }
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (next === undefined || !isAllowed(url, next)) {
      throw unavailable(`${labelOf(url)} sends on to an address that is not followed`);
    }
    url = next;
  }
  throw unavailable(`${labelOf(start)} sends on more than ${MAX_SOURCE_REDIRECTS} times`);
}

/** What was asked for over TLS is not fetched without. */
function isAllowed(from: URL, to: URL): boolean {
  return to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:");
}

/** Bytes as they come in, within the limit. */
class Gathered {
  readonly #label: string;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(label: string) {
    this.#label = label;
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > MAX_SOURCE_LENGTH) {
      throw new OckamError(
        "OCKAM_CLI_SOURCE_TOO_LONG",
        `${this.#label} is longer than ${MAX_SOURCE_LENGTH} bytes; check that it is the right one`,
      );
    }
    this.#pieces.push(piece);
  }

  text(): string {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(this.#pieces));
    } catch (error) {
      throw new OckamError(
        "OCKAM_CLI_SOURCE_NOT_TEXT",
        `${this.#label} is not UTF-8 text; check that it is the right one`,
        { cause: error },
      );
    }
  }
}

function labelOf(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "for no known reason";
  // What fetch throws says only that it failed; the reason is underneath.
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

function unavailable(message: string, cause?: unknown): OckamError {
  return new OckamError("OCKAM_CLI_SOURCE_UNAVAILABLE", message, cause === undefined ? {} : { cause });
}
