import { copyFileSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { readText, ROOT } from "@ockam/repository";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Consumer } from "./consumer.ts";
import { RunningProgram } from "./running-program.ts";
import { RUNTIMES } from "./runtime.ts";

const node20 = RUNTIMES[0]!.command;

describe.each(["inlet", "outlet"])("%s", (app) => {
  test("is as small as its README and that of the repository say", () => {
    const bundle = readFileSync(join(ROOT, `apps/${app}/dist/${app}.mjs`));
    const own = /\.mjs` \| (\d+) KiB \| (\d+) KiB \|/.exec(readText(`apps/${app}/README.md`));
    const common = /at\s+most (\d+) KiB, (\d+) KiB gzipped/.exec(readText("README.md"));
    for (const claim of [own!, common!]) {
      expect(bundle.length / 1024).toBeLessThanOrEqual(Number(claim[1]));
      expect(gzipSync(bundle).length / 1024).toBeLessThanOrEqual(Number(claim[2]));
    }
  });
});

describe("an inlet and an outlet, each one file, alone in a folder", () => {
  let service: Server;
  let consumer: Consumer;

  beforeEach(async () => {
    service = createServer((socket) => socket.end("hello"));
    await once(service.listen(0, "127.0.0.1"), "listening");
    consumer = new Consumer();
    for (const app of ["inlet", "outlet"])
      copyFileSync(join(ROOT, `apps/${app}/dist/${app}.mjs`), join(consumer.folder, `${app}.mjs`));
  });
  afterEach(() => {
    consumer[Symbol.dispose]();
    service.close();
  });

  test("are a portal for the inlet that the outlet allows", async () => {
    await using unconfigured = run("inlet");
    const [, inletIdentifier] = await unconfigured.printed(/allow this inlet: (I[0-9a-f]{64})/);
    await using outlet = startOutlet("--allow", inletIdentifier!);
    const [, identifier, address] = await outlet.printed(/(I[0-9a-f]{64}) at (\S+)/);

    await using inlet = run("inlet", "--from", "0", "--to", address!, "--authorized", identifier!);
    await inlet.printed(/connected with/);
    const [, from] = await inlet.printed(/ at (\S+)/);
    expect(await greetingAt(from!)).toBe("hello");
  });

  test("are none for an inlet that the outlet does not allow", async () => {
    await using outlet = startOutlet();
    const [, identifier, address] = await outlet.printed(/(I[0-9a-f]{64}) at (\S+)/);
    await using inlet = run("inlet", "--from", "0", "--to", address!, "--authorized", identifier!);
    await inlet.printed(/\n.*\S/); // why it has no channel
    const [, from] = await inlet.printed(/ at (\S+)/);
    expect(await greetingAt(from!)).toBe("");
  });

  function startOutlet(...args: readonly string[]): RunningProgram {
    const { port } = service.address() as AddressInfo;
    return run("outlet", "--to", String(port), "--listen", "127.0.0.1:0", ...args);
  }

  function run(app: string, ...args: readonly string[]): RunningProgram {
    return new RunningProgram([...node20, `${app}.mjs`, ...args], consumer.folder);
  }
});

/** What the service behind the address says, or nothing when the connection is reset. */
async function greetingAt(address: string): Promise<string> {
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk))).on("error", () => {});
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}
