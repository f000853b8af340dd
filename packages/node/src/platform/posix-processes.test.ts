import { spawn } from "node:child_process";
import { once } from "node:events";

import { expect, test } from "vitest";

import { ownProcess, processStatus } from "./process-table.ts";

test("this process runs", () => {
  const mark = ownProcess();
  expect(mark.pid).toBe(process.pid);
  expect(processStatus(mark)).toBe("running");
  expect(ownProcess()).toEqual(mark);
});

test("the same number with another beginning is another process", () => {
  expect(processStatus({ pid: process.pid, start: "another" })).toBe("gone");
});

test("a process that has ended is gone", async () => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume(); process.send('up')"], {
    stdio: ["pipe", "ignore", "ignore", "ipc"],
  });
  await once(child, "message");
  const pid = child.pid!;
  // What a node puts down about itself, seen from outside.
  expect(processStatus({ pid, start: ownProcess().start })).toBe("gone");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(processStatus({ pid, start: ownProcess().start })).toBe("gone");
});
