import { PassThrough } from "node:stream";

import { expect, test } from "vitest";

import { keys, testTerminal } from "../testing/test-terminal.ts";
import { glyphsOf } from "./glyphs.ts";
import { createStyle } from "./style.ts";

const [UP, DOWN, SPACE, ENTER] = ["\u001b[A", "\u001b[B", " ", "\r"] as const;
const NODES = ["n1", "n2", "n3"];

test.each([
  [[ENTER], undefined, "n1"],
  [[ENTER], "n2", "n2"],
  [[DOWN, DOWN, ENTER], undefined, "n3"],
  [[UP, ENTER], undefined, "n3"],
  [["j", "j", "k", ENTER], undefined, "n2"],
  [["\u001b[F", DOWN, "\u001b[F", "\u001b[H", ENTER], undefined, "n1"],
  [["x", SPACE, ENTER], undefined, "n1"],
])("keys %j from %s choose %s", async (pressed, initial, chosen) => {
  const { terminal, stderr } = testTerminal({ stdin: keys(...pressed) });
  expect(await terminal.selectOne("Which node?", NODES, initial)).toBe(chosen);
  expect(stderr.text).toMatch(new RegExp(`  > Which node\\? ${chosen}\\n\u001b\\[\\?25h$`));
});

test.each([
  [[SPACE, ENTER], ["n1"]],
  [
    [DOWN, SPACE, DOWN, SPACE, UP, ENTER],
    ["n2", "n3"],
  ],
  [[SPACE, DOWN, SPACE, UP, SPACE, ENTER], ["n2"]],
  [[ENTER, ENTER, SPACE, ENTER], ["n1"]],
])("keys %j choose %j", async (pressed, chosen) => {
  const { terminal } = testTerminal({ stdin: keys(...pressed) });
  expect(await terminal.selectSome("Which nodes?", NODES)).toEqual(chosen);
});

test("the list shows where the mark is, what is chosen and which keys there are", async () => {
  const { terminal, stderr } = testTerminal({ stdin: keys(SPACE, DOWN, ENTER) });
  await terminal.selectSome("Which nodes?", NODES);
  expect(stderr.text.split("\u001b[J").at(-2)).toContain(
    [
      "  > Which nodes?",
      "  │   ◉ n1",
      "  │ › ◯ n2",
      "  │   ◯ n3",
      "    ↑↓ to move, space to choose, Enter when done",
    ].join("\n"),
  );
});

test("the list is in ASCII where there is nothing else", async () => {
  const style = createStyle(false, glyphsOf({ LANG: "C" }));
  const { terminal, stderr } = testTerminal({ stdin: keys(SPACE, DOWN, ENTER), style });
  await terminal.selectSome("Which nodes?", NODES);
  expect(stderr.text).toMatch(/^\p{ASCII}*$/u);
  expect(stderr.text).toContain("  |   [x] n1\n  | > [ ] n2\n");
});

test("a long list moves with the mark, and no line is wider than the terminal", async () => {
  const names = Array.from({ length: 30 }, (_, index) => `node-${index}-${"x".repeat(100)}`);
  const { terminal, stderr } = testTerminal({ stdin: keys(UP, ENTER) });
  expect(await terminal.selectOne("Which node?", names)).toBe(names.at(-1));
  const [first, last] = stderr.text.split("\u001b[J").slice(1, 3);
  expect(first?.match(/node-\d+/g)).toEqual(names.slice(0, 10).map((name) => name.slice(0, 6)));
  expect(last?.match(/node-\d+/g)).toEqual(names.slice(-10).map((name) => name.slice(0, 7)));
  expect(last).toContain("Enter to choose, 30 in all\n");
  const widths = `${first}${last}`.split("\n").map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThan(80);
});

test.each(["\u0003", "\u0004", "\u001b"])(
  "%j cancels, with the cursor and the keyboard as before",
  async (key) => {
    const modes: boolean[] = [];
    const stdin = Object.assign(keys(key), { setRawMode: (on: boolean) => modes.push(on) });
    const { terminal, stderr } = testTerminal({ stdin });
    await expect(terminal.selectOne("Which node?", NODES)).rejects.toMatchObject({
      code: "OCKAM_CLI_CANCELLED",
      message: "Cancelled: nothing was done",
    });
    expect(modes).toEqual([true, false]);
    expect(stderr.text.endsWith("\u001b[?25h")).toBe(true);
  },
);

test("the end of the input cancels", async () => {
  const { terminal } = testTerminal({ stdin: keys() });
  await expect(terminal.selectOne("Which node?", NODES)).rejects.toMatchObject({
    code: "OCKAM_CLI_CANCELLED",
  });
});

test.each(["selectOne", "ask", "confirm"] as const)("a signal ends %s, for its own reason", async (asked) => {
  const ending = new AbortController();
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const { terminal, stderr } = testTerminal({ stdin, signal: ending.signal });
  const answer = {
    selectOne: () => terminal.selectOne("Which node?", NODES),
    ask: () => terminal.ask("Paste the ticket:"),
    confirm: () => terminal.confirm("Delete it?", false),
  }[asked]();
  const refused = expect(answer).rejects.toThrow("SIGTERM");
  await expect.poll(() => stderr.text).toMatch(/Which node|Paste|Delete/);
  ending.abort(new Error("SIGTERM"));
  await refused;
  expect(stdin.listenerCount("keypress") + stdin.listenerCount("end")).toBe(0);
});

test("one item is taken unasked; where nobody can choose, none", async () => {
  expect(await testTerminal({ stdin: keys() }).terminal.selectOne("Which?", ["n1"])).toBe("n1");
  expect(await testTerminal({ stdin: keys() }).terminal.selectOne("Which?", [])).toBeUndefined();
  for (const over of [{}, { stdin: keys(), quiet: true }, { stdin: keys(), noInput: true }]) {
    expect(await testTerminal(over).terminal.selectSome("Which?", ["n1"])).toBeUndefined();
  }
  const dumb = testTerminal({ stdin: keys(), dumb: true });
  expect(await dumb.terminal.selectOne("Which?", NODES)).toBeUndefined();
});
