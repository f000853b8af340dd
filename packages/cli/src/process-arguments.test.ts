import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { hideLongArguments, takeTicketVariable } from "./process-arguments.ts";

const MODULE = new URL("process-arguments.ts", import.meta.url).href;
const TICKET = "ockam1-".padEnd(140, "x");

test("a long argument is not in the list of processes any more, short ones are", async () => {
  const program = `
      const { hideLongArguments } = await import(${JSON.stringify(MODULE)});
      hideLongArguments(process.argv.slice(1));
      process.stdout.write("hidden");
      setInterval(() => {}, 1000);
    `;
  const child = spawn(
    process.execPath,
    ["--input-type=module", "--eval", program, "project", "enroll", TICKET, `--ticket=${TICKET}`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    await once(child.stdout, "data");
    const listed = listedArguments(child.pid);
    expect(listed).toMatch(/^ockam project enroll … …/);
    expect(listed).not.toContain("ockam1-");
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

/** What others see of a process: Linux tells by itself, other systems by `ps`. */
function listedArguments(pid: number | undefined): string {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file)
    ? readFileSync(file, "utf8")
    : execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
}

test("nothing is changed where nobody else sees arguments", () => {
  const { title } = process;
  hideLongArguments(["project", "enroll", TICKET], { showsArguments: false });
  expect(process.title).toBe(title);
});

test("the ticket in the environment is taken out of it", () => {
  const env = { ENROLLMENT_TICKET: ` ${TICKET}\n`, OTHER: "1" };
  expect(takeTicketVariable(env)).toBe(TICKET);
  expect(env).toEqual({ OTHER: "1" });
  expect(takeTicketVariable(env)).toBeUndefined();
  expect(takeTicketVariable({ ENROLLMENT_TICKET: " " })).toBeUndefined();
});
