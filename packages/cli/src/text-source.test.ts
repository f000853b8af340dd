import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import { describe, expect, onTestFinished, test } from "vitest";

import { MAX_SOURCE_LENGTH, MAX_SOURCE_REDIRECTS, readSource } from "./text-source.ts";

describe("an argument", () => {
  test("that is no URL and no file is the text itself", async () => {
    for (const typed of [
      "a: b",
      "/dnsaddr/a/tcp/1/service/x,I00",
      "x".repeat(100_000),
      "a\0b",
      "",
      "a:b/c",
    ]) {
      expect(await readSource(typed)).toEqual({ kind: "text", label: "the argument", text: typed });
    }
  });

  test("that is the path of a file is what is in it", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "web.ticket");
    await writeFile(path, "\uFEFFa ticket\n");
    expect(await readSource(path)).toEqual({ kind: "file", label: path, text: "a ticket\n" });
  });

  test("that is the path of a folder is the text itself", async () => {
    const path = join(await temporaryFolder(), "n1");
    await mkdir(path);
    expect(await readSource(path)).toMatchObject({ kind: "text", text: path });
  });

  test("- is standard input", async () => {
    const input = Readable.from([Buffer.from("a tick"), Buffer.from("et\n")]);
    expect(await readSource("-", { input: () => input })).toEqual({
      kind: "input",
      label: "standard input",
      text: "a ticket\n",
    });
  });
});

describe("a source", () => {
  test("of the greatest length is read, a longer one is not", async () => {
    const longest = "x".repeat(MAX_SOURCE_LENGTH);
    expect((await readSource("-", { input: () => Readable.from([longest]) })).text).toBe(longest);
    await expect(readSource("-", { input: () => Readable.from([longest, "x"]) })).rejects.toMatchObject({
      code: "OCKAM_CLI_SOURCE_TOO_LONG",
    });
    const url = await serve((_request, response) => void response.end(`${longest}x`));
    await expect(readSource(url)).rejects.toMatchObject({ code: "OCKAM_CLI_SOURCE_TOO_LONG" });
  });

  test("must be UTF-8", async () => {
    const input = Readable.from([Uint8Array.of(0xff, 0xfe)]);
    await expect(readSource("-", { input: () => input })).rejects.toMatchObject({
      code: "OCKAM_CLI_SOURCE_NOT_TEXT",
    });
  });
});

describe("a URL", () => {
  test("is fetched, also without its scheme", async () => {
    const url = await serve((request, response) => void response.end(`at ${request.url}`));
    const expected = { kind: "url", label: `${url}/a`, text: "at /a?secret" };
    expect(await readSource(`${url}/a?secret`)).toEqual(expected);
    expect(await readSource(`${url.slice("http://".length)}/a?secret`)).toEqual(expected);
  });

  test("may send on, not for ever, and not to another scheme", async () => {
    const url = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("here");
      else response.writeHead(302, { location: left > 50 ? "file:///etc/passwd" : `/${left - 1}` }).end();
    });
    expect((await readSource(`${url}/${MAX_SOURCE_REDIRECTS}`)).text).toBe("here");
    for (const path of [`${MAX_SOURCE_REDIRECTS + 1}`, "99"]) {
      await expect(readSource(`${url}/${path}`)).rejects.toMatchObject({
        code: "OCKAM_CLI_SOURCE_UNAVAILABLE",
        message: expect.stringMatching(/sends on/),
      });
    }
  });

  test("that fails says why, without what it was asked for", async () => {
    const url = await serve((_request, response) => void response.writeHead(404).end());
    await expect(readSource(`${url}/a?secret`)).rejects.toMatchObject({
      code: "OCKAM_CLI_SOURCE_UNAVAILABLE",
      message: `${url}/a cannot be read: the server answers 404`,
    });
    await expect(readSource("http://127.0.0.1:1/a")).rejects.toMatchObject({
      code: "OCKAM_CLI_SOURCE_UNAVAILABLE",
    });
  });

  test("has a limited time, also for its body", async () => {
    const url = await serve((_request, response) => void response.write("a"));
    await expect(readSource(url, { timeout: 100 })).rejects.toMatchObject({
      message: `${url}/ cannot be read: no whole answer within 0.1 s`,
    });
    const stop = new AbortController();
    const reading = readSource(url, { signal: stop.signal });
    stop.abort(new Error("stopped"));
    await expect(reading).rejects.toThrow("stopped");
  });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ockam-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
