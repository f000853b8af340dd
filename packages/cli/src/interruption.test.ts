import { EventEmitter } from "node:events";

import { platformOf } from "@ockam/node/platform";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { exitCodeOf } from "./exit-code.ts";
import { Interruption, INTERRUPTION_TIMEOUT, type InterruptibleProcess } from "./interruption.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class TestProcess extends EventEmitter implements InterruptibleProcess {
  readonly pid = 4711;
  readonly calls: string[] = [];

  kill(pid: number, signal: string): void {
    this.calls.push(`kill ${pid} ${signal}, ${this.listenerCount(signal)} listeners`);
  }

  exit(code: number): void {
    this.calls.push(`exit ${code}`);
  }
}

test.each([
  ["SIGINT", 130, "Interrupted by Ctrl-C"],
  ["SIGTERM", 143, "Interrupted by SIGTERM"],
  ["SIGHUP", 129, "Interrupted by SIGHUP"],
] as const)("%s ends what is under way, and then the process with %d", (signal, code, message) => {
  const process = new TestProcess();
  using interruption = new Interruption(process);
  expect(interruption.signal.aborted).toBe(false);
  process.emit(signal);
  expect(interruption.signal.reason).toMatchObject({ code: "OCKAM_CLI_CANCELLED", message });
  expect(exitCodeOf(interruption.signal.reason)).toBe(code);
  expect(process.calls).toEqual([]);
  interruption.end();
  expect(process.calls).toEqual([`kill 4711 ${signal}, 0 listeners`, `exit ${code}`]);
});

test("Ctrl-Break is one where there is such a key", () => {
  const process = new TestProcess();
  using interruption = new Interruption(process, platformOf("win32"));
  process.emit("SIGTERM");
  expect(interruption.signal.aborted).toBe(false);
  process.emit("SIGBREAK");
  expect(interruption.signal.reason).toMatchObject({ details: { signal: "SIGBREAK" } });
  // A signal that a process sends would end it without a code of its own there.
  interruption.end();
  expect(process.calls).toEqual([expect.stringMatching(/^exit \d+$/)]);
});

test("a second signal ends the process at once", () => {
  const process = new TestProcess();
  using interruption = new Interruption(process);
  process.emit("SIGINT");
  process.emit("SIGTERM");
  expect(interruption.signal.reason).toMatchObject({ details: { signal: "SIGINT" } });
  expect(process.calls).toEqual(["kill 4711 SIGINT, 0 listeners", "exit 130"]);
});

test("what does not end in time is ended", () => {
  const process = new TestProcess();
  using interruption = new Interruption(process);
  process.emit("SIGHUP");
  expect(interruption.signal.aborted).toBe(true);
  vi.advanceTimersByTime(INTERRUPTION_TIMEOUT - 1);
  expect(process.calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(process.calls).toEqual(["kill 4711 SIGHUP, 0 listeners", "exit 129"]);
});

test("without a signal nothing happens, and nothing is left behind", () => {
  const process = new TestProcess();
  {
    using interruption = new Interruption(process);
    interruption.end();
  }
  expect(process.calls).toEqual([]);
  expect(process.eventNames()).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
