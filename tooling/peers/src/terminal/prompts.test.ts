import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { typescriptOckam } from "../typescript-ockam.ts";
import { TerminalSession } from "./terminal-session.ts";

const home = typescriptOckam();
let session: TerminalSession;

beforeAll(async () => {
  session = await TerminalSession.start(home);
  for (const name of ["bank", "shop", "store"]) await home.output(["vault", "create", name]);
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

test("show without a name: one is selected", async () => {
  await session.begin("ockam vault show");
  expect(belowCommand(await session.seen("to choose"))).toBe(
    [
      "  > Which vault?",
      "  │ › ● bank",
      "  │   ○ shop",
      "  │   ○ store",
      "    ↑↓ to move, Enter to choose",
    ].join("\n"),
  );
  await session.press("Down");
  expect(belowCommand(await session.seen("› ● shop"))).toContain("\n  │   ○ bank\n");
  await session.press("Enter");
  expect(await session.end()).toMatch(/^  > Which vault\? shop\n[^]*\bshop\b[^]*\nexit 0$/);
});

test("delete without a name: several are selected, and confirmed", async () => {
  await session.begin("ockam vault delete");
  await session.seen("space to choose");
  await session.press("Up", "Space", "Up", "Space");
  expect(belowCommand(await session.seen("› ◉ shop"))).toBe(
    [
      "  > Which vault is to be deleted?",
      "  │   ◯ bank",
      "  │ › ◉ shop",
      "  │   ◉ store",
      "    ↑↓ to move, space to choose, Enter when done",
    ].join("\n"),
  );
  await session.press("Enter");
  await session.seen("  > Delete shop, store? [Y/n]");
  await session.enter("n");
  expect(await session.end()).toBe(
    "  > Which vault is to be deleted? shop, store\n  > Delete shop, store? [Y/n] n\nexit 0",
  );

  await session.begin("ockam vault delete");
  await session.seen("space to choose");
  await session.press("Up", "Space", "Up", "Space", "Enter");
  await session.seen("[Y/n]");
  await session.press("Enter");
  expect(await session.end()).toBe(
    [
      "  > Which vault is to be deleted? shop, store",
      "  > Delete shop, store? [Y/n]",
      "  ✔ The vault shop was deleted",
      "  ✔ The vault store was deleted",
      "exit 0",
    ].join("\n"),
  );
});

test("the only one is taken: delete asks first", async () => {
  expect(await session.run("ockam vault show")).toMatch(/^(?!.*Which)[^]*bank/);
  await session.begin("ockam vault delete");
  await session.seen("  > Delete the vault bank? [Y/n]");
  await session.enter("n");
  expect(await session.end()).toBe("  > Delete the vault bank? [Y/n] n\nexit 0");
});

describe.each(["C-c", "Escape", "C-d"])("%s", (key) => {
  beforeAll(() => home.output(["vault", "create", `for-${key.toLowerCase()}`]));

  test.each([
    ["ockam vault show", "to choose"],
    ["ockam vault delete", "space to choose"],
    ["ockam vault delete bank", "[Y/n]"],
    ["ockam project enroll", "Paste the ticket:"],
  ])("cancels '%s', and leaves the terminal as it was", async (command, question) => {
    await session.begin(command);
    await session.seen(question);
    await session.press(key);
    expect(await session.end()).toMatch(
      /  ✗ Cancelled: nothing was done\n    OCKAM_CLI_CANCELLED\nexit 130$/,
    );
    expect(await session.modes()).toEqual(expect.arrayContaining(["icanon", "echo", "isig", "cursor"]));
    expect(await home.output(["vault", "list", "--jq", ".[].vault.name"])).toContain('"bank"');
  });
});

test.each(["--quiet", "--no-input", "--env NO_INPUT=true"])("nobody is asked with %s", async (option) => {
  expect(await session.run(`ockam vault delete bank ${option}`)).toContain("Use --yes to confirm");
});

test("what is awaited from the keyboard is said", async () => {
  await session.begin("ockam project enroll -");
  await session.seen("  > Type or paste the ticket, then Enter and Ctrl-D");
  await session.enter("no ticket");
  await session.press("C-d");
  expect(await session.end()).toContain("standard input: ");
});

/** The screen without the line of the command. */
function belowCommand(screen: string): string {
  return screen.slice(screen.indexOf("\n") + 1);
}
