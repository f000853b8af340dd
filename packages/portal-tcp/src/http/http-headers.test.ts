import type { OckamError } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { LocalEnd, LocalEndEvents } from "../local-end.ts";
import { MAX_HTTP_REQUESTS } from "./http-answers.ts";
import { httpHeaders, MAX_HEADERS_TO_SET } from "./http-headers.ts";
import { MAX_HTTP_CHUNK_LINE_LENGTH, MAX_HTTP_HEAD_LENGTH, MAX_HTTP_HEADERS } from "./http-scanner.ts";

const RUNS = 200 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const SET = [
  ["X-A", "1"],
  ["Host", "db.example"],
] as const;
const LINES = "X-A: 1\r\nHost: db.example\r\n";

/** A client whose interceptor is at hand: what it says, and what comes out towards the server. */
class Client implements LocalEnd {
  readonly name = "client";
  readonly pendingLength = 0;
  readonly answered: string[] = [];
  readonly #end: LocalEnd;
  sent = "";
  error: Error | undefined;
  hasEnded = false;
  isPaused = false;
  #events: LocalEndEvents | undefined;

  constructor(headers: Iterable<readonly [string, string]> = SET) {
    this.#end = httpHeaders(headers)(this);
    this.#end.start({
      onData: (chunk) => (this.sent += Buffer.from(chunk).toString("latin1")),
      onEnd: () => (this.hasEnded = true),
      onError: (error) => (this.error = error),
      onDrain: () => {},
      onFinish: () => {},
    });
  }

  /** The client sends. */
  say(...texts: readonly string[]): this {
    for (const text of texts) this.#events!.onData(Buffer.from(text, "latin1"), false);
    return this;
  }

  sayEnd(): this {
    this.#events!.onEnd();
    return this;
  }

  /** The server answers. */
  hear(...texts: readonly string[]): this {
    for (const text of texts) this.#end.write([Buffer.from(text, "latin1")]);
    return this;
  }

  hearEnd(): this {
    this.#end.end();
    return this;
  }

  demand(isPaused: boolean): void {
    if (isPaused) this.#end.pause();
    else this.#end.resume();
  }

  start(events: LocalEndEvents): void {
    this.#events = events;
  }
  write(pieces: readonly Uint8Array[]): void {
    this.answered.push(...pieces.map((piece) => Buffer.from(piece).toString("latin1")));
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  opened(): void {}
  end(): void {}
  close(): void {}
  reset(_cause: OckamError): void {}
}

/** The text in pieces of the lengths, over and over. */
function cut(text: string, lengths: readonly number[]): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const bytes = fc.array(byte, { maxLength: 60 }).map((all) => all.join(""));
const value = fc.stringMatching(/^[!-~\xa0-\xff]{0,12}$/);
const header = fc.record({
  name: fc.constantFrom("x-a", "X-A", "x-A", "HOST", "Host", "Accept", "X-Ab", "X", "Cookie"),
  value,
  space: fc.constantFrom("", " ", "\t "),
});
const body = fc.oneof(
  fc.constant({ kind: "none" } as const),
  bytes.map((content) => ({ kind: "measured", content }) as const),
  fc.record({
    kind: fc.constant("chunked" as const),
    chunks: fc.array(
      bytes.filter((chunk) => chunk !== ""),
      { maxLength: 4 },
    ),
    extension: fc.constantFrom("", ";a=b", " ;c"),
    trailers: fc.array(header, { maxLength: 3 }),
  }),
);
const request = fc.record({
  method: fc.constantFrom("GET", "POST", "DELETE", "PATCH"),
  target: fc.constantFrom("/", "/a?b=c", "*", "http://x/y"),
  headers: fc.array(header, { maxLength: 6 }),
  body,
});

type Header = typeof header extends fc.Arbitrary<infer T> ? T : never;
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function linesOf(headers: readonly Header[]): string {
  return headers.map((one) => `${one.name}:${one.space}${one.value}\r\n`).join("");
}

/** What the client writes, or with `isSet` what the server has to read. */
function wireOf({ method, target, headers, body: content }: Request, isSet: boolean): string {
  const kept = (all: readonly Header[]) =>
    isSet ? all.filter(({ name }) => !/^(x-a|host)$/i.test(name)) : all;
  const framing = {
    none: "",
    measured: `Content-Length: ${content.kind === "measured" ? content.content.length : 0}\r\n`,
    chunked: "Transfer-Encoding: chunked\r\n",
  }[content.kind];
  const head = `${method} ${target} HTTP/1.1\r\n${isSet ? LINES : ""}${linesOf(kept(headers))}${framing}\r\n`;
  if (content.kind === "none") return head;
  if (content.kind === "measured") return head + content.content;
  const chunks = content.chunks.map(
    (chunk) => `${chunk.length.toString(16)}${content.extension}\r\n${chunk}\r\n`,
  );
  return `${head}${chunks.join("")}0\r\n${linesOf(kept(content.trailers))}\r\n`;
}

test("pipelined requests in any pieces: each header once, all else as it was", () => {
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 5 }), cuts, (requests, lengths) => {
      const client = new Client();
      client.say(...cut(requests.map((one) => wireOf(one, false)).join(""), lengths)).sayEnd();
      expect(client.error).toBeUndefined();
      expect(client.sent).toBe(requests.map((one) => wireOf(one, true)).join(""));
      expect(client.hasEnded).toBe(true);
    }),
    { numRuns: RUNS },
  );
});

test("whatever comes is refused, or requests come out that need nothing more", () => {
  const noise = fc.oneof(
    bytes,
    request.map((one) => wireOf(one, false)),
    fc.constantFrom("GET / HTTP/1.1\r\n", "\r\n", "\n", "X-A: 2\r\n", " X-A: 3\r\n", "0\r\n", "X-A : 4\r\n"),
  );
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 8 }), cuts, (parts, lengths) => {
      const client = new Client();
      client.say(...cut(parts.join(""), lengths)).sayEnd();
      if (client.error !== undefined) {
        expect(client.error).toMatchObject({ code: "OCKAM_PORTAL_NOT_HTTP" });
        expect(client.hasEnded).toBe(false);
      }
      // What came out is complete requests that have their headers already.
      const again = new Client().say(client.sent);
      expect([again.error, again.sent]).toEqual([undefined, client.sent]);
    }),
    { numRuns: RUNS },
  );
});

describe("what is no HTTP/1.x is refused at its first bytes", () => {
  test.each([
    ["TLS", "\x16\x03\x01\x02\x00"],
    ["PostgreSQL", "\0\0\0\x08"],
    ["SSH", "SSH-2.0-OpenSSH_9.9\r\n"],
    ["HTTP/2", "PRI * HTTP/2.0\r\n"],
    ["HTTP/0.9", "GET /\r\n"],
    ["SMTP", "EHLO me\r\n"],
  ])("%s", (_, text) => {
    const client = new Client().say(text);
    expect(client.error).toMatchObject({ code: "OCKAM_PORTAL_NOT_HTTP" });
    expect(client.sent).toBe("");
  });

  test.each([
    ["a folded header", "GET / HTTP/1.1\r\nX: 1\r\n X-A: 2\r\n\r\n"],
    ["a space in front of the colon", "GET / HTTP/1.1\r\nX-A : 2\r\n\r\n"],
    ["a bare line feed", "GET / HTTP/1.1\nX-A: 2\r\n\r\n"],
    ["a bare carriage return", "GET / HTTP/1.1\r\nX: 1\rX-A: 2\r\n\r\n"],
    ["two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    [
      "a length and an encoding",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ["an encoding without an end", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"],
    ["an unknown encoding", "POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n"],
    ["a signed length", "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n"],
    ["a chunk without a length", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
    ["a chunk that is too long", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"],
    ["a chunked HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ])("%s", (_, text) => {
    expect(new Client().say(text).error).toMatchObject({ code: "OCKAM_PORTAL_NOT_HTTP" });
  });

  test("the end in the middle of a head", () => {
    const client = new Client().say("GET / HTTP/1.1\r\nX: ").sayEnd();
    expect([client.error?.message, client.hasEnded]).toEqual([expect.stringContaining("ended"), false]);
  });
});

describe("limits", () => {
  test.each([
    ["a line", `GET /${"x".repeat(MAX_HTTP_HEAD_LENGTH)}`],
    ["a head", `GET / HTTP/1.1\r\n${`X: ${"x".repeat(1000)}\r\n`.repeat(70)}`],
    ["the headers", `GET / HTTP/1.1\r\n${"X: 1\r\n".repeat(MAX_HTTP_HEADERS + 1)}`],
    [
      "the line of a chunk",
      `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;${"x".repeat(MAX_HTTP_CHUNK_LINE_LENGTH)}`,
    ],
    ["requests without answers", "GET / HTTP/1.1\r\n\r\n".repeat(MAX_HTTP_REQUESTS + 1)],
  ])("of %s", (_, text) => {
    expect(new Client().say(text).error).toMatchObject({ code: "OCKAM_PORTAL_NOT_HTTP" });
  });

  test("as much as is allowed passes", () => {
    const client = new Client().say(`GET / HTTP/1.1\r\n${"X: 1\r\n".repeat(MAX_HTTP_HEADERS)}\r\n`);
    expect(client.error).toBeUndefined();
    for (let sent = 1; sent < 2 * MAX_HTTP_REQUESTS; sent++) {
      client.say("GET / HTTP/1.1\r\n\r\n").hear("HTTP/1.1 204 No Content\r\n\r\n");
    }
    expect(client.error).toBeUndefined();
  });
});

describe("another protocol", () => {
  const UPGRADE = "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-A: 2\r\n\r\n";
  const SENT = `GET /ws HTTP/1.1\r\n${LINES}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  const GET = "GET / HTTP/1.1\r\nX-A: 2\r\n\r\n";
  const GOT = `GET / HTTP/1.1\r\n${LINES}\r\n`;

  test("that the server accepts passes as it is, in any pieces", () => {
    fc.assert(
      fc.property(bytes, cuts, cuts, (data, lengths, others) => {
        const client = new Client();
        client.say(...cut(GET + UPGRADE + data, lengths));
        expect(client.sent).toBe(GOT + SENT);
        expect(client.isPaused).toBe(true);
        const answers =
          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Go\r\n\r\n";
        client
          .hear(...cut(`${answers}${data}`, others))
          .say(GET)
          .sayEnd();
        expect(client.error).toBeUndefined();
        expect(client.sent).toBe(GOT + SENT + data + GET);
        expect(client.answered.join("")).toBe(answers + data);
        expect([client.isPaused, client.hasEnded]).toEqual([false, true]);
      }),
      { numRuns: RUNS },
    );
  });

  test("that the server does not accept: what follows is HTTP still", () => {
    const client = new Client().say(UPGRADE + GET + UPGRADE + GET);
    expect(client.sent).toBe(SENT);
    client.hear("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nHTT\r\n0\r\n\r\n");
    expect(client.sent).toBe(SENT + GOT + SENT);
    client.sayEnd();
    expect(client.hasEnded).toBe(false);
    client.hear("HTTP/1.1 204 \r\n\r\n", "HTTP/1.1 400 \r\nContent-Length: 0\r\n\r\n");
    expect(client.sent).toBe(SENT + GOT + SENT + GOT);
    expect(client.hasEnded).toBe(true);
  });

  test("CONNECT", () => {
    const client = new Client().say("CONNECT a:1 HTTP/1.1\r\n\r\n\x16\x03");
    client.hear("HTTP/1.1 200 OK\r\n\r\n").say(GET);
    expect(client.sent).toBe(`CONNECT a:1 HTTP/1.1\r\n${LINES}\r\n\x16\x03${GET}`);
    const refused = new Client().say("CONNECT a:1 HTTP/1.1\r\n\r\n");
    refused.hear("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").say("\x16\x03");
    expect(refused.error).toMatchObject({ code: "OCKAM_PORTAL_NOT_HTTP" });
    expect(new Client().say("CONNECT a:1 HTTP/1.1\r\nContent-Length: 1\r\n\r\n").error).toBeDefined();
  });

  test("HTTP/2 and TLS are not offered on", () => {
    const client = new Client().say(
      "GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
      GET,
    );
    expect(client.sent).toBe(`GET / HTTP/1.1\r\n${LINES}Connection: Upgrade, HTTP2-Settings\r\n\r\n${GOT}`);
  });

  test.each([
    ["no HTTP", "220 ready\r\n"],
    ["an upgrade that nobody asked for", "HTTP/1.1 101 Go\r\n\r\n"],
    ["two answers", "HTTP/1.1 204 \r\n\r\nHTTP/1.1 204 \r\n\r\n"],
  ])("after %s from the server nobody gets one", (_, answer) => {
    const client = new Client().say(GET).hear(answer).say(GET);
    expect([client.sent, client.error]).toEqual([GOT + GOT, undefined]);
    expect(client.say(UPGRADE).error).toMatchObject({ code: "OCKAM_PORTAL_NOT_HTTP" });
  });

  test("an answer that cannot be understood ends the wait for it", () => {
    expect(new Client().say(UPGRADE).hear("\0").error).toMatchObject({ code: "OCKAM_PORTAL_NOT_HTTP" });
  });

  test("granted before the request is complete is refused", () => {
    const client = new Client().say("POST / HTTP/1.1\r\nUpgrade: a\r\nContent-Length: 5\r\n\r\nab");
    expect(client.hear("HTTP/1.1 101 Go\r\n\r\n").error).toMatchObject({ code: "OCKAM_PORTAL_NOT_HTTP" });
  });

  test("the server's end ends the wait", () => {
    const client = new Client().say(UPGRADE + GET).hearEnd();
    expect([client.sent, client.isPaused]).toEqual([SENT + GOT, false]);
  });

  test("a stream that has no room stays paused", () => {
    const client = new Client().say(UPGRADE);
    client.demand(true);
    client.hear("HTTP/1.1 101 Go\r\n\r\n");
    expect(client.isPaused).toBe(true);
    client.demand(false);
    expect(client.isPaused).toBe(false);
  });

  test("and room alone does not end the wait for the server", () => {
    const client = new Client().say(UPGRADE);
    client.demand(false);
    expect(client.isPaused).toBe(true);
  });
});

// Servers that hand headers to programs as variables make one of "-" and "_".
test("a name that differs in underscores alone is the same one", () => {
  const client = new Client().say("GET / HTTP/1.1\r\nX_a: 2\r\nX__A: 3\r\n\r\n");
  expect(client.sent).toBe(`GET / HTTP/1.1\r\n${LINES}X__A: 3\r\n\r\n`);
  expect(() =>
    httpHeaders([
      ["X-A", "1"],
      ["x_a", "2"],
    ]),
  ).toThrow("twice");
});

// A proxy behind the outlet takes out what Connection names before it passes a request on.
test("a header that is set is not named as one for the connection alone", () => {
  const client = new Client().say(
    "GET / HTTP/1.1\r\nconnection: close , X-a,host\r\nConnection: x_A\r\nConnection: X-B\r\n\r\n",
  );
  expect(client.sent).toBe(`GET / HTTP/1.1\r\n${LINES}connection: close\r\nConnection: X-B\r\n\r\n`);
});

test("answers to HEAD have no body", () => {
  const client = new Client()
    .say("HEAD / HTTP/1.1\r\n\r\n")
    .hear("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  client.say("GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n").hear("HTTP/1.1 101 Go\r\n\r\n").say("\0");
  expect([client.error, client.sent.at(-1)]).toEqual([undefined, "\0"]);
});

describe("headers to set", () => {
  test.each([
    ["none", []],
    ["too many", Array.from({ length: MAX_HEADERS_TO_SET + 1 }, (_, index) => [`X-${index}`, ""] as const)],
    ["a malformed name", [["X A", "1"]]],
    ["an injected line", [["X-A", "1\r\nX-B: 2"]]],
    [
      "two of one name",
      [
        ["X-A", "1"],
        ["x-a", "2"],
      ],
    ],
    ["one that frames messages", [["Content-Length", "1"]]],
  ] as const)("%s", (_, headers) => {
    expect(() => httpHeaders(headers)).toThrow(RangeError);
  });

  test("a value is UTF-8", () => {
    const client = new Client([["X-A", " Ä "]]).say("GET / HTTP/1.0\r\n\r\n");
    expect(Buffer.from(client.sent, "latin1").toString()).toBe("GET / HTTP/1.0\r\nX-A: Ä\r\n\r\n");
  });
});
