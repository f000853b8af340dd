import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { keys, testTerminal } from "../testing/test-terminal.ts";
import { glyphsOf } from "./glyphs.ts";
import { createStyle } from "./style.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CLEAR = "\r\u001b[K";
const WORK_TIME = 200;

async function work<T>(result: () => T): Promise<T> {
  await new Promise((resolve) => void setTimeout(resolve, WORK_TIME));
  return result();
}

test("turns every 80 ms while something is under way, and is gone after it", async () => {
  const { terminal, stderr } = testTerminal({ stdin: keys() });
  const done = terminal.busy("Creating the node n1", () => work(() => "n1"));
  await vi.advanceTimersByTimeAsync(79);
  expect(stderr.text).toBe("");
  await vi.advanceTimersByTimeAsync(1000);
  expect(await done).toBe("n1");
  expect(stderr.text).toBe(`${CLEAR}  ⠋ Creating the node n1${CLEAR}  ⠙ Creating the node n1${CLEAR}`);
});

test("is yellow where there are colours", async () => {
  const { terminal, stderr } = testTerminal({ stdin: keys(), style: createStyle(true) });
  const done = terminal.busy("Waiting", () => work(() => {}));
  await vi.advanceTimersByTimeAsync(WORK_TIME);
  await done;
  expect(stderr.text).toContain("\u001b[33m⠋\u001b[0m Waiting");
});

test("turns in ASCII where there is nothing else", async () => {
  const style = createStyle(false, glyphsOf({ LC_ALL: "POSIX" }));
  const { terminal, stderr } = testTerminal({ stdin: keys(), style });
  const done = terminal.busy("Waiting", () => work(() => {}));
  await vi.advanceTimersByTimeAsync(WORK_TIME);
  await done;
  expect(stderr.text).toBe(`${CLEAR}  | Waiting${CLEAR}  / Waiting${CLEAR}`);
});

test("is gone after a failure, too", async () => {
  const { terminal, stderr } = testTerminal({ stdin: keys() });
  const failed = expect(
    terminal.busy("Waiting", () =>
      work(() => {
        throw new Error("down");
      }),
    ),
  ).rejects.toThrow("down");
  await vi.advanceTimersByTimeAsync(WORK_TIME);
  await failed;
  expect(stderr.text.endsWith(CLEAR)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("makes room for other lines, and tells of the outer work only", async () => {
  const { terminal, stderr } = testTerminal({ stdin: keys() });
  const done = terminal.busy("Creating the inlet", () =>
    terminal.busy("Waiting for the node", () => work(() => terminal.note("It is slow"))),
  );
  await vi.advanceTimersByTimeAsync(WORK_TIME);
  await done;
  expect(stderr.text.endsWith(`  ⠙ Creating the inlet${CLEAR}  > It is slow\n`)).toBe(true);
  expect(stderr.text).not.toContain("Waiting for the node");
});

test.each([
  [40, 39],
  // Terminals that do not know.
  [0, 79],
  [undefined, 79],
])("is cut off at the width of the terminal: %s", async (columns, width) => {
  const { terminal, stderr } = testTerminal({ stdin: keys() });
  Object.assign(stderr, { columns });
  const done = terminal.busy("x".repeat(200), () => work(() => {}));
  await vi.advanceTimersByTimeAsync(WORK_TIME);
  await done;
  const [, frame = ""] = stderr.text.split(CLEAR);
  expect(frame.length).toBe(width);
});

test.each([
  ["in a pipe", {}],
  ["when it is quiet", { stdin: keys(), quiet: true }],
  ["on a terminal that cannot clear a line", { stdin: keys(), dumb: true }],
  ["while logs are on the screen", { stdin: keys(), verbosity: 1 }],
])("is not there %s", async (_when, over) => {
  const { terminal, stderr } = testTerminal(over);
  const done = terminal.busy("Waiting", () => work(() => {}));
  await vi.advanceTimersByTimeAsync(WORK_TIME);
  await done;
  expect(stderr.text).toBe("");
});
