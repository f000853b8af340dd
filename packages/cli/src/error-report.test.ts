import { OckamError } from "@ockam/codec";
import { expect, test } from "vitest";

import { reportError } from "./error-report.ts";
import { exitCodeOf } from "./exit-code.ts";
import { createStyle } from "./style.ts";
import { usageError } from "./usage-error.ts";

function report(error: unknown, options: { json?: boolean; verbose?: boolean } = {}): string {
  let written = "";
  reportError(error, {
    stderr: { write: (text) => (written += text) },
    style: createStyle(false),
    json: options.json ?? false,
    verbose: options.verbose ?? false,
  });
  return written;
}

const refused = new OckamError("OCKAM_NODE_CONNECT_FAILED", "127.0.0.1:4000 (hop 1) refused the connection", {
  cause: new Error("connect ECONNREFUSED"),
});

test("what failed, what to type next, and the code", () => {
  expect(report(refused)).toBe(
    "  ✗ 127.0.0.1:4000 (hop 1) refused the connection\n" +
      "  > check that the node at that hop runs and listens there: 'ockam node show NAME'\n" +
      "    OCKAM_NODE_CONNECT_FAILED\n",
  );
  expect(report(refused, { verbose: true })).toContain("because: connect ECONNREFUSED");
});

test("what others put into a message speaks to no terminal", () => {
  const hostile = new OckamError("OCKAM_X", "no key \u001b]0;x\u0007\u009b2J", {
    cause: new Error("\u001b[2J"),
  });
  expect(report(hostile, { verbose: true })).not.toMatch(/[^\P{Cc}\n]/u);
  const json = report(hostile, { json: true });
  expect(json).not.toMatch(/[^\P{Cc}\n]/u);
  expect(JSON.parse(json)).toMatchObject({ error: { message: hostile.message } });
});

test("as one line of JSON", () => {
  expect(report(refused, { json: true })).toBe(
    '{"error":{"code":"OCKAM_NODE_CONNECT_FAILED","message":"127.0.0.1:4000 (hop 1) refused the connection",' +
      '"hint":"check that the node at that hop runs and listens there: \'ockam node show NAME\'"}}\n',
  );
  expect(JSON.parse(report(new OckamError("OCKAM_X", "no hint"), { json: true }))).toEqual({
    error: { code: "OCKAM_X", message: "no hint" },
  });
});

test("a fault of the program is called one", () => {
  expect(report(new TypeError("x is undefined"))).toContain("OCKAM_CLI_UNEXPECTED");
  expect(report(new TypeError("x is undefined"), { verbose: true })).toContain("error-report.test.ts");
  expect(report("thrown text")).toContain("thrown text");
});

test("exit codes", () => {
  expect(exitCodeOf(usageError("no"))).toBe(64);
  expect(exitCodeOf(new OckamError("OCKAM_CLI_USAGE_UNKNOWN_COMMAND", "no"))).toBe(64);
  expect(exitCodeOf(refused)).toBe(70);
  expect(exitCodeOf(new TypeError("no"))).toBe(70);
  expect(exitCodeOf("thrown text")).toBe(70);
});
