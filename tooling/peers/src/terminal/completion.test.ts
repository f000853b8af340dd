// `ockam completion` in the shells that read its scripts: somebody types, and presses Tab.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "@ockam/acceptance/free-port";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { typescriptOckam } from "../typescript-ockam.ts";
import { installShells } from "./install-shells.ts";
import { TerminalSession } from "./terminal-session.ts";

const home = typescriptOckam();
let port: number;

beforeAll(async () => {
  await installShells();
  port = await freePort();
  await home.output(["node", "create", "bank", "--tcp-listener-address", `127.0.0.1:${port}`]);
  await home.output(["tcp-outlet", "create", "--at", "bank", "--from", "ledger", "--to", "127.0.0.1:5432"]);
  mkdirSync(join(home.path, "work"));
  writeFileSync(join(home.path, "work", "recipe.yaml"), "");
});
afterAll(() => home[Symbol.asyncDispose]());

/** How each shell is started, without what its user has, and reads the script. All of them ask with `$`. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  bash: ["PS1='$ ' bash --norc --noprofile", "source <(ockam completion --shell bash)"],
  zsh: [
    "ZDOTDIR=/nonexistent PS1='$ ' zsh -f",
    "autoload -Uz compinit && compinit -u -D",
    "source <(ockam completion --shell zsh)",
  ],
  fish: [
    "fish --private --no-config",
    "function fish_prompt; echo -n '$ '; end; function fish_right_prompt; end",
    "set fish_autosuggestion_enabled 0; bind \\t complete",
    "ockam completion --shell fish | source",
  ],
  elvish: [
    "elvish -norc",
    "set edit:prompt = { put '$ ' }; set edit:rprompt = { }",
    "eval (ockam completion --shell elvish | slurp)",
  ],
};

describe.each(Object.entries(SHELLS))("%s", (_shell, [start = "", ...settings]) => {
  let session: TerminalSession;

  beforeAll(async () => {
    session = await TerminalSession.start(home, { columns: 120 });
    await session.enter(`cd ${join(home.path, "work")}; clear`);
    await session.enter(start);
    for (const line of settings) await session.enter(line);
    await session.enter("echo is-''ready");
    await session.seen(/^is-ready$/m);
  });
  afterAll(() => session[Symbol.asyncDispose]());

  /** Types, presses Tab, waits for what is wanted, and clears the line. */
  async function complete(typed: string, wanted: string | RegExp): Promise<string> {
    await session.press("C-l");
    await session.type(typed);
    await session.press("Tab");
    const screen = await session.seen(wanted);
    await session.press("C-c");
    return screen;
  }

  test.each([
    ["a command", "ockam vault mo", /ockam vault move /],
    ["an option", "ockam tcp-outlet create --tl", /--tls /],
    ["a value", "ockam completion --shell power", /--shell powershell /],
    ["a value behind =", "ockam completion --shell=power", /--shell=powershell/],
    ["a node", "ockam node show ba", /node show bank /],
    ["a node in quotes", 'ockam node show "ba', /node show ["]?bank/],
    ["what a running node has", "ockam tcp-outlet show --at bank le", /--at bank ledger /],
    ["a route", "ockam tcp-inlet create --to /node/bank/service/le", /\/node\/bank\/service\/ledger/],
    ["a file", "ockam run rec", /ockam run recipe\.yaml/],
  ])("%s", async (_, typed, wanted) => {
    expect(await complete(typed, wanted)).toContain("ockam");
  });

  test("a word with colons", async () => {
    const address = `127.0.0.1:${port}`;
    await complete(`ockam tcp-listener show --at bank ${address.slice(0, -2)}`, `--at bank ${address}`);
  });
});
