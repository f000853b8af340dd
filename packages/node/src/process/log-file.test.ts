import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { OckamError } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { temporaryHome } from "../../testing/temporary-home.ts";
import { environmentLog } from "./environment-log.ts";
import {
  fileLog,
  logFilePath,
  MAX_LOG_FILE_LENGTH,
  MAX_LOG_FILES,
  newestLogFile,
  nextLogFile,
  previousLogFile,
} from "./log-file.ts";

const NOON = new Date("2026-11-25T12:00:00.123Z");

describe("entries", () => {
  test("are lines for people, with what caused them", () => {
    using home = temporaryHome();
    const { log } = fileLog({ folder: home.path, now: () => NOON });
    const error = new OckamError("OCKAM_X", "no", { cause: new TypeError("why") });
    log({ level: "warn", area: "node", message: "hm", error });
    log({ level: "info", area: "node", message: "ah" });
    expect(readFileSync(join(home.path, "stdout.2026-11-25.log"), "utf8")).toBe(
      "2026-11-25T12:00:00.123Z WARN  node: hm (OCKAM_X: no; caused by TypeError: why)\n" +
        "2026-11-25T12:00:00.123Z INFO  node: ah\n",
    );
    expect(statSync(join(home.path, "stdout.2026-11-25.log")).mode & 0o777).toBe(0o600);
  });

  test("hold one line each, and nothing that speaks to a terminal, whatever a peer puts into them", () => {
    using home = temporaryHome();
    const { log } = fileLog({ folder: home.path, now: () => NOON });
    const error = new OckamError("OCKAM_X", "no worker at 0#x\n2026-11-25T12:00:00.123Z INFO  node: forged");
    log({ level: "warn", area: "tcp", message: "\u001b[2J\u009b2J\r\u2028é", error });
    expect(readFileSync(join(home.path, "stdout.2026-11-25.log"), "utf8")).toBe(
      String.raw`2026-11-25T12:00:00.123Z WARN  tcp: \u001b[2J\u009b2J\u000d\u2028é (OCKAM_X: no worker at 0#x\u000a2026-11-25T12:00:00.123Z INFO  node: forged)` +
        "\n",
    );
  });

  test("are JSON if wanted, of the level wanted", () => {
    using home = temporaryHome();
    const { log } = environmentLog(home.path, { OCKAM_LOG_FORMAT: "json", OCKAM_LOG_LEVEL: "WARN" });
    log({ level: "info", area: "node", message: "left out" });
    log({ level: "error", area: "node", message: "kept", error: "why" });
    const lines = readFileSync(newestLogFile(home.path)!, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ level: "error", area: "node", message: "kept", error: "why" }),
    ]);
  });

  test("cannot fail the one who logs", () => {
    using home = temporaryHome();
    const { log } = fileLog({ folder: join(home.path, "gone") });
    home[Symbol.dispose]();
    expect(() => log({ level: "error", area: "node", message: "x" })).not.toThrow();
  });

  test("come in all levels unless the environment says otherwise, sensibly", () => {
    using home = temporaryHome();
    const { log } = environmentLog(home.path, { OCKAM_LOG_LEVEL: "loud", OCKAM_LOG_MAX_FILES: "-1" });
    log({ level: "debug", area: "node", message: "x" });
    expect(newestLogFile(home.path)).toBeDefined();
    using quiet = temporaryHome();
    environmentLog(quiet.path, { OCKAM_LOG_LEVEL: "off" }).log({
      level: "error",
      area: "node",
      message: "x",
    });
    expect(newestLogFile(quiet.path)).toBeUndefined();
  });
});

test("the level can be set while it is in use", () => {
  using home = temporaryHome();
  const file = fileLog({ folder: home.path, now: () => NOON, level: "off" });
  const say = (message: string): void => file.log({ level: "info", area: "node", message });
  say("one");
  file.level = "info";
  say("two");
  file.log({ level: "debug", area: "node", message: "three" });
  file.level = "error";
  say("four");
  expect(readFileSync(newestLogFile(home.path)!, "utf8")).toMatch(/^\S+ INFO {2}node: two\n$/);
});

test.each(["default", "json"] as const)("no text of others speaks to a terminal, as %s", (format) => {
  using home = temporaryHome();
  fileLog({ folder: home.path, format }).log({
    level: "info",
    area: "a",
    message: "\u001b[2J\u009b1m\n\u2028",
  });
  const text = readFileSync(newestLogFile(home.path)!, "utf8");
  expect(text.trimEnd()).not.toMatch(/\p{Cc}|[\u2028\u2029]/u);
  expect(text).toContain("\\u009b1m");
});

describe("files", () => {
  test("are one for each day, and further ones when they are full", () => {
    using home = temporaryHome();
    let now = NOON;
    const { log } = fileLog({ folder: home.path, maxFileLength: 100, now: () => now });
    for (let i = 0; i < 4; i++) log({ level: "info", area: "node", message: "m".repeat(30) });
    expect(readdirSync(home.path).sort()).toEqual(["stdout.2026-11-25.1.log", "stdout.2026-11-25.log"]);
    now = new Date("2026-11-26T00:00:00Z");
    log({ level: "info", area: "node", message: "next" });
    expect(newestLogFile(home.path)).toBe(logFilePath(home.path, now));
  });

  test("are one after the other: the tenth part of a day comes after the second, and those of the next day", () => {
    using home = temporaryHome();
    const order = [
      logFilePath(home.path, NOON),
      logFilePath(home.path, NOON, 2),
      logFilePath(home.path, NOON, 10),
      logFilePath(home.path, new Date("2026-11-26T00:00:00Z")),
    ];
    for (const path of order) writeFileSync(path, "");
    expect(order.map(nextLogFile)).toEqual([...order.slice(1), undefined]);
    expect(order.map(previousLogFile)).toEqual([undefined, ...order.slice(0, -1)]);
    // One that is gone itself.
    expect(nextLogFile(logFilePath(home.path, NOON, 9))).toBe(order[2]);
  });

  test("go on where a process before stopped", () => {
    using home = temporaryHome();
    writeFileSync(logFilePath(home.path, NOON), "before\n");
    fileLog({ folder: home.path, now: () => NOON }).log({ level: "info", area: "node", message: "after" });
    expect(readFileSync(logFilePath(home.path, NOON), "utf8")).toMatch(/^before\n.*after\n$/);
  });

  test("are removed when there are too many, the oldest first, and nothing else", () => {
    using home = temporaryHome();
    for (let day = 10; day < 20; day++) writeFileSync(join(home.path, `stdout.2026-10-${day}.log`), "");
    for (let part = 1; part < 12; part++) writeFileSync(join(home.path, `stdout.2026-10-19.${part}.log`), "");
    writeFileSync(join(home.path, "notes"), "");
    const { log } = fileLog({ folder: home.path, maxFiles: 3, now: () => NOON });
    log({ level: "info", area: "node", message: "x" });
    expect(readdirSync(home.path).sort()).toEqual([
      "notes",
      "stdout.2026-10-19.10.log",
      "stdout.2026-10-19.11.log",
      "stdout.2026-11-25.log",
    ]);
  });

  test("have limits as documented", () => {
    expect([MAX_LOG_FILES, MAX_LOG_FILE_LENGTH]).toEqual([60, 100 * 1024 * 1024]);
  });
});
