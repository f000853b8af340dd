import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { testTerminal } from "../../testing/test-terminal.ts";
import { createFromConfiguration, type ConfiguredValues } from "./create-from-configuration.ts";
import { readVariablePairs } from "./configuration-source.ts";
import { MAX_VARIABLE_LENGTH, MAX_VARIABLES } from "./variables.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "ockam-configuration-"));
  vi.stubEnv("OCKAM_HOME", home);
  vi.stubEnv("ENROLLMENT_TICKET", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

const NOTHING: ConfiguredValues = {
  name: undefined,
  configuration: undefined,
  variable: [],
  enrollmentTicket: undefined,
  services: undefined,
  dryRun: true,
};

async function lines(values: Partial<ConfiguredValues>): Promise<readonly string[] | undefined> {
  const result = await createFromConfiguration({ ...NOTHING, ...values }, testTerminal().terminal);
  return result?.machine?.split("\n");
}

describe("a dry run", () => {
  test("of a file, with variables", async () => {
    const path = join(home, "node.yaml");
    writeFileSync(path, "name: n1\nvariables: {PORT: 1}\ntcp-outlet: {to: $PORT}\n");
    expect(await lines({ name: path, variable: ["PORT=2"] })).toEqual([
      "ockam node create n1",
      "ockam tcp-outlet create outlet --to 2 --at n1",
    ]);
  });

  test("of a name, and a configuration besides it", async () => {
    const configuration = "{name: n1, identity: i1}";
    expect(await lines({ name: "n2", configuration })).toEqual(["ockam node create n2 --identity i1"]);
    expect(await lines({ name: configuration })).toEqual(["ockam node create n1 --identity i1"]);
  });

  test("of options alone", async () => {
    expect(await lines({ name: "n2", foreground: true, identity: "i1" })).toEqual([
      "ockam node create n2 --foreground --identity i1",
    ]);
  });

  test("of Rust's launch configuration", async () => {
    const services = '{"startup_services": {"secure-channel-listener": {"address": "l"}}}';
    expect(await lines({ name: "n1", services })).toEqual([
      "ockam node create n1",
      "ockam secure-channel-listener create l --at n1",
    ]);
  });

  test("takes the ticket out of the environment, and shows none", async () => {
    vi.stubEnv("ENROLLMENT_TICKET", "secret");
    expect(await lines({ name: "n1" })).toEqual(["ockam project enroll ***", "ockam node create n1"]);
    expect(process.env["ENROLLMENT_TICKET"]).toBeUndefined();
  });
});

describe("is refused:", () => {
  test.each<[Partial<ConfiguredValues>, string]>([
    [{ name: "{name: n1}", configuration: "{name: n2}" }, "the configuration is given twice"],
    [{ name: "n.1", dryRun: true }, "Invalid value for NAME_OR_CONFIGURATION: 'n.1'"],
    [{ name: "n.1" }, "Invalid value for NAME_OR_CONFIGURATION: 'n.1'"],
    [{ configuration: "n1" }, "configuration:1:1: this is where 'key: value' lines are expected"],
    [{ name: "{name: n1", variable: [] }, "configuration:1:10: "],
    [{ services: "{hop: true}" }, "--services:1:2: services have no option hop"],
    [{ configuration: "{foreground: true, in-memory: true, ticket: x}" }, "cannot enrol"],
  ])("%j", async (values, message) => {
    await expect(lines({ dryRun: false, ...values })).rejects.toThrow(message);
  });
});

describe("--variable", () => {
  test("takes names and values", () => {
    expect([...readVariablePairs(["A=1", "B=x=y"])]).toEqual([
      ["A", "1"],
      ["B", "x=y"],
    ]);
  });

  test.each([
    [["MY_VAR="], "Empty value for variable 'MY_VAR'"],
    [["A"], "'A' is no variable"],
    [["1A=secret"], "'1A' is no variable"],
    [["A=1", "A=2"], "the variable A was given twice"],
    [[`A=${"x".repeat(MAX_VARIABLE_LENGTH + 1)}`], `longer than ${MAX_VARIABLE_LENGTH}`],
    [Array.from({ length: MAX_VARIABLES + 1 }, (_, index) => `A${index}=1`), `more than ${MAX_VARIABLES}`],
  ])("refuses %j", (pairs, message) => {
    expect(() => readVariablePairs(pairs)).toThrow(message);
  });
});
