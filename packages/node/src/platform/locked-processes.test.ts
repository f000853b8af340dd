import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { temporaryHome } from "../../testing/temporary-home.ts";
import { LockedProcesses } from "./locked-processes.ts";
import type { ProcessMark } from "./process-table.ts";

test("a process runs for as long as it holds its lock", () => {
  using home = temporaryHome();
  const folder = join(home.path, "run");
  const processes = new LockedProcesses(folder);
  const mark = processes.own();
  expect(mark.pid).toBe(process.pid);
  expect(processes.own()).toEqual(mark);
  expect(processes.status(mark)).toBe("running");
  const others = new LockedProcesses(folder);
  expect(others.status(mark)).toBe("running");
  expect(others.own().start).not.toBe(mark.start);
  processes.close();
  expect(others.status(mark)).toBe("gone");
  others.close();
  expect(readdirSync(folder)).toEqual([]);
});

test("what was put down by nobody here is gone", () => {
  using home = temporaryHome();
  const processes = new LockedProcesses(home.path);
  for (const start of ["", "another", "../../x", "0".repeat(32)])
    expect(processes.status({ pid: process.pid, start })).toBe("gone");
  const own = processes.own();
  expect(processes.status({ ...own, pid: own.pid + 1 })).toBe("gone");
  processes.close();
});

test("a process that was killed lets go of its lock, and leaves nothing", async () => {
  using home = temporaryHome();
  const script = `
    const { LockedProcesses } = await import(${JSON.stringify(new URL("locked-processes.ts", import.meta.url).href)});
    process.send(new LockedProcesses(${JSON.stringify(home.path)}).own());
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [mark] = (await once(child, "message")) as [ProcessMark];
  const processes = new LockedProcesses(home.path);
  expect(mark.pid).toBe(child.pid);
  expect(processes.status(mark)).toBe("running");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(processes.status(mark)).toBe("gone");
  expect(readdirSync(home.path)).toEqual([]);
});

test("without a folder nobody else knows of the process", () => {
  const processes = new LockedProcesses(undefined);
  expect(processes.status(processes.own())).toBe("running");
  expect(new LockedProcesses(undefined).status(processes.own())).toBe("gone");
  processes.close();
});
