import { notHttp } from "./http-error.ts";

/** A line of a head or of trailers. Texts have one character a byte. */
export interface HttpHeader {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
  /** As it came, without its end. */
  readonly line: string;
}

/** How long the body is: in bytes, in chunks, or as long as the connection. */
export type HttpBody = number | "chunked" | "untilEnd";

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
const HEADER = new RegExp(`^(${TOKEN}+):(.*)$`);

/** Reads a header line. One that only lenient readers understand is refused: they do not all read the same. */
export function parseHeader(line: string): HttpHeader {
  const match = HEADER.exec(line);
  if (match === null) throw notHttp("a header line is malformed");
  return { name: match[1]!.toLowerCase(), value: trim(match[2]!), line };
}

/** The words of all headers of that name, which are separated by commas. */
export function wordsOf(headers: readonly HttpHeader[], name: string): readonly string[] {
  return headers
    .filter((header) => header.name === name)
    .flatMap(({ value }) => value.split(",").map(trim))
    .filter((word) => word !== "");
}

/**
 * What the headers say of the body's length; undefined when they say nothing. What could be read in two ways is
 * refused.
 */
export function bodyOf(headers: readonly HttpHeader[]): HttpBody | undefined {
  const isEncoded = headers.some(({ name }) => name === "transfer-encoding");
  const isMeasured = headers.some(({ name }) => name === "content-length");
  if (isEncoded && isMeasured) throw notHttp("it has both a transfer encoding and a content length");
  if (isEncoded) {
    const codings = wordsOf(headers, "transfer-encoding").map((coding) => coding.toLowerCase());
    if (codings.indexOf("chunked") === codings.length - 1 && codings.length > 0) return "chunked";
    if (codings.includes("chunked")) throw notHttp("its transfer encoding is malformed");
    return "untilEnd";
  }
  if (!isMeasured) return undefined;
  const [first, ...others] = wordsOf(headers, "content-length");
  if (first === undefined || !/^\d{1,15}$/.test(first) || others.some((other) => other !== first)) {
    throw notHttp("its content length is malformed");
  }
  return Number(first);
}

function trim(text: string): string {
  return text.replaceAll(/^[ \t]+|[ \t]+$/g, "");
}
