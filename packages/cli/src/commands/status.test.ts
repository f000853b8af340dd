import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";

import { createNode, type OckamNode } from "@ockam/node";
import { openState, type State } from "@ockam/node/state";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { CollectedText } from "../../testing/collected-text.ts";
import { Program } from "../program.ts";

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
/** How long a busy machine may take. */
const PATIENCE = { timeout: 15_000 };
let home: string;
let state: State;
let node: OckamNode;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "ockam-cli-"));
  vi.stubEnv("OCKAM_HOME", home);
  state = openState();
  node = await createNode({ state, name: "n1", control: true });
  node.tcpOutlets.create({ to: "127.0.0.1:5432" });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await node.close();
  state.close();
  rmSync(home, { recursive: true, force: true });
});

function start(isTty: boolean, env: NodeJS.ProcessEnv, ...argv: readonly string[]) {
  const [stdout, stderr] = [new CollectedText(isTty), new CollectedText(isTty)];
  const modes: boolean[] = [];
  const setRawMode = (isRaw: boolean): void => void modes.push(isRaw);
  const stdin = Object.assign(new PassThrough(), { isTTY: isTty, setRawMode });
  const interruption = new AbortController();
  const program = new Program({ stdin, stdout, stderr, env: { NO_COLOR: "1", ...env } });
  const exitCode = program.run(["status", ...argv], interruption.signal);
  return { exitCode, stdout, stdin, modes, interrupt: () => interruption.abort(new Error("SIGTERM")) };
}

test.each(["q", "Ctrl-C", "a signal"])(
  "at a terminal it stays until %s, and leaves the terminal as it was",
  async (end) => {
    const { exitCode, interrupt, modes, stdin, stdout } = start(true, {});
    await expect.poll(() => stdout.text, PATIENCE).toContain("outlet outlet");
    expect(stdout.text.startsWith(ENTER)).toBe(true);
    expect(stdout.text).toContain("n1 (default)  UP for ");
    if (end === "a signal") interrupt();
    else stdin.write(end === "q" ? "q" : "\u0003");
    expect(await exitCode).toBe(0);
    expect(stdout.text.endsWith(LEAVE)).toBe(true);
    expect(modes).toEqual([true, false]);
  },
);

test.each([
  ["--once", true, {}, ["--once"]],
  ["--quiet", true, {}, ["--quiet"]],
  ["a dumb terminal", true, { TERM: "dumb" }, []],
  ["JSON", true, {}, ["--output", "json"]],
  ["jq", true, {}, ["--jq", ".nodes"]],
  ["a pipe", false, {}, []],
] as const)("with %s it is printed once", async (_name, isTty, env, argv) => {
  const { exitCode, stdout } = start(isTty, env, ...argv);
  expect(await exitCode).toBe(0);
  expect(stdout.text).toContain("/service/outlet");
  expect(stdout.text).not.toContain("\u001b");
});
