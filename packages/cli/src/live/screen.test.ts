import { PassThrough } from "node:stream";

import { expect, test } from "vitest";

import { createStyle } from "../style.ts";
import { openScreen, type ScreenOptions } from "./screen.ts";

/** A terminal in memory: what is written to it, what its keyboard was told to be, and who listens to it. */
function fakeTerminal(size: { columns?: number; rows?: number } = {}) {
  const modes: boolean[] = [];
  const written: string[] = [];
  const stdout = Object.assign(new PassThrough(), size);
  stdout.on("data", (data: Buffer) => written.push(data.toString()));
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean): void => void modes.push(isRaw),
  });
  const options: ScreenOptions = { stdout, stdin, style: createStyle(false) };
  return { modes, written, stdout, stdin, options };
}

test("takes the terminal over and gives it back as it was", () => {
  const { modes, options, stdin, stdout, written } = fakeTerminal({ columns: 100, rows: 30 });
  const keys: string[] = [];
  let resized = 0;
  {
    using screen = openScreen(options);
    expect(screen.size).toEqual({ columns: 100, rows: 30 });
    screen.onKey((key) => keys.push(key));
    screen.onResize(() => resized++);
    stdin.emit("data", Buffer.from("q"));
    stdout.emit("resize");
    expect(modes).toEqual([true]);
  }
  expect(keys).toEqual(["q"]);
  expect(resized).toBe(1);
  expect(modes).toEqual([true, false]);
  expect(stdin.isPaused()).toBe(true);
  expect([stdin.listenerCount("data"), stdout.listenerCount("resize")]).toEqual([0, 0]);
  // The other screen without a cursor, and back.
  expect(written.join("")).toBe("\u001b[?1049h\u001b[?25l\u001b[?25h\u001b[?1049l");
});

test("writes a frame in one piece over the one before, clears what is left of it, and nothing twice", () => {
  const { options, stdout, written } = fakeTerminal();
  using screen = openScreen(options);
  written.length = 0;
  screen.draw(["one", "two"]);
  screen.draw(["one", "two"]);
  expect(written).toEqual(["\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J"]);
  screen.onResize(() => {});
  stdout.emit("resize");
  screen.draw(["one", "two"]);
  expect(written).toHaveLength(2);
});

test("spares a terminal that is behind", () => {
  const { options, stdout } = fakeTerminal();
  using screen = openScreen(options);
  stdout.removeAllListeners("data");
  stdout.pause();
  while (stdout.write("x".repeat(10_000)));
  const length = stdout.readableLength + stdout.writableLength;
  screen.draw(["late"]);
  expect(stdout.readableLength + stdout.writableLength).toBe(length);
});

test("a terminal that tells no size has a usual one; without a keyboard there are no keys", () => {
  const { modes, options, stdin } = fakeTerminal({ columns: 0 });
  for (const input of [undefined, Object.assign(new PassThrough(), { isTTY: false })]) {
    using screen = openScreen({ ...options, stdin: input });
    expect(screen.size).toEqual({ columns: 80, rows: 24 });
    expect(screen.hasKeys).toBe(false);
    screen.onKey(() => expect.unreachable());
    input?.emit("data", "q");
  }
  expect(modes).toEqual([]);
  expect(stdin.listenerCount("data")).toBe(0);
});

test("keys that were pressed before somebody listens are not lost", async () => {
  const { options, stdin } = fakeTerminal();
  using screen = openScreen(options);
  stdin.write("q");
  await new Promise((resolve) => void setImmediate(resolve));
  const pressed = new Promise((resolve) => screen.onKey(resolve));
  expect(await pressed).toBe("q");
});
