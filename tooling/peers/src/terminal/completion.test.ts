// `ockam completion` in the shells that read its scripts: somebody types, and presses Tab.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

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

/** How each shell is started without what its user has, and reads the script. All of them ask with `$`. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  bash: ["PS1='$ ' bash --norc --noprofile", "source <(ockam completion --shell bash)"],
  zsh: [
    "ZDOTDIR=/nonexistent PS1='$ ' zsh -f",
    "autoload -Uz compinit && compinit -u -D",
    "source <(ockam completion --shell zsh)",
  ],
  fish: [
    "fish --private --no-config",
    "function fish_prompt; echo -n '$ '; end; set fish_autosuggestion_enabled 0",
    "ockam completion --shell fish | source",
  ],
  elvish: [
    "elvish -norc",
    "set edit:prompt = { put '$ ' }; set edit:rprompt = { }",
    "eval (ockam completion --shell elvish | slurp)",
  ],
};

/** What is typed, and what the line is after Tab. */
const LINES: readonly (readonly [string, string, string])[] = [
  ["a command", "ockam vault mo", "ockam vault move"],
  ["an option", "ockam tcp-outlet create --tl", "ockam tcp-outlet create --tls"],
  ["a value", "ockam completion --shell power", "ockam completion --shell powershell"],
  ["a node", "ockam node show ba", "ockam node show bank"],
  ["what a running node has", "ockam tcp-outlet show --at bank le", "ockam tcp-outlet show --at bank ledger"],
  [
    "a route",
    "ockam message send hi --to /node/bank/service/le",
    "ockam message send hi --to /node/bank/service/ledger",
  ],
  ["a file", "ockam run rec", "ockam run recipe.yaml"],
];
/** Elvish puts it in quotes, and asks before that. */
const ATTACHED = [
  "a value behind =",
  "ockam completion --shell=elv",
  "ockam completion --shell=elvish",
] as const;

describe.each(Object.entries(SHELLS))("%s", (shell, settings) => {
  let session: TerminalSession;

  beforeAll(async () => {
    session = await TerminalSession.start(home, { columns: 120 });
    await session.enter(`cd ${join(home.path, "work")}`);
    for (const line of settings) await session.enter(line);
    await session.enter("echo 'is ready'");
    await session.seen(/^is ready$/m);
  });
  afterAll(() => session[Symbol.asyncDispose]());

  /** Shells drop a Ctrl-C that comes before they have done with a completion. */
  async function leaveLine(): Promise<void> {
    await session.press("C-c");
    for (let tries = 1; !/^\$$/m.test((await session.screen()).split("\n").at(-1)!); tries++) {
      if (tries % 10 === 0) await session.press("C-c");
      if (tries > 100) throw new Error(`the line is not left:\n${await session.screen()}`);
      await sleep(100);
    }
  }

  /** Types, presses Tab, waits until the line is as wanted, and leaves it. */
  async function complete(typed: string, wanted: string): Promise<string> {
    await session.type(typed);
    await session.press("Tab");
    const screen = await session.seen(
      new RegExp(`^\\$ ${wanted.replaceAll(".", "\\.")} *$(?![^]*^\\$ ockam)`, "m"),
    );
    await leaveLine();
    return screen;
  }

  test.each(shell === "elvish" ? LINES : [...LINES, ATTACHED])("%s", async (_, typed, wanted) => {
    expect(await complete(typed, wanted)).toContain(wanted);
  });

  test("a word with colons", async () => {
    const line = `ockam tcp-listener show --at bank 127.0.0.1:${port}`;
    expect(await complete(line.slice(0, -2), line)).toContain(line);
  });

  test("a word in quotes", async () => {
    await session.type('ockam node show "ba');
    await session.press("Tab");
    expect(await session.seen(/\$ ockam node show "?bank/)).toContain("bank");
    await leaveLine();
  });
});

test.each(["zsh", "fish", "elvish"])("%s shows what each candidate is", async (shell) => {
  await using session = await TerminalSession.start(home, { columns: 120 });
  for (const line of SHELLS[shell] ?? []) await session.enter(line);
  await session.enter("echo 'is ready'");
  await session.seen(/^is ready$/m);
  await session.type("ockam node st");
  await session.press("Tab");
  expect(await session.seen("Start a stopped node")).toContain("Stop a node");
});
