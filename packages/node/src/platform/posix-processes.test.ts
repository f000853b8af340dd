import { spawn } from "node:child_process";
import { once } from "node:events";

import { describe, expect, test } from "vitest";

import { PosixProcesses } from "./posix-processes.ts";

// `ps` is there on Linux, too.
describe.each(["linux", "darwin"] as const)("the list of processes of %s", (system) => {
  const processes = new PosixProcesses(system);

  test("has this process", () => {
    const mark = processes.own();
    expect(mark.pid).toBe(process.pid);
    expect(mark.start).not.toBe("unknown");
    expect(processes.status(mark)).toBe("running");
    expect(processes.own()).toEqual(mark);
  });

  test("tells the same number with another beginning apart", () => {
    expect(processes.status({ pid: process.pid, start: "another" })).toBe("gone");
  });

  test("does not have a process that has ended", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume(); process.send('up')"], {
      stdio: ["pipe", "ignore", "ignore", "ipc"],
    });
    await once(child, "message");
    const pid = child.pid!;
    // What a node puts down about itself, seen from outside.
    expect(processes.status({ pid, start: "another" })).toBe("gone");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(processes.status({ pid, start: processes.own().start })).toBe("gone");
  });
});
