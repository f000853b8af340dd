import { beforeAll, describe, expect, test } from "vitest";

import { configurationTable, type ConfigurationTable } from "./configuration-table.ts";
import { dryRun } from "./dry-run.ts";
import { readNodeConfiguration } from "./node-configuration.ts";
import { planNode, typedArguments, type NodePlan } from "./node-plan.ts";
import { quoteWords } from "./planned-command.ts";

let table: ConfigurationTable;

beforeAll(async () => {
  table = await configurationTable();
});

interface Typed {
  readonly name?: string;
  readonly ticket?: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

function plan(text: string, { name, ticket, values = {} }: Typed = {}): NodePlan {
  const configuration = readNodeConfiguration({
    text,
    source: "node.yaml",
    table,
    variables: new Map([["API_TOKEN", "hunter2"]]),
    environment: {},
  });
  return planNode(table, configuration, typedArguments(values, new Set(["dryRun"]), name), ticket);
}

describe("what was typed counts before the file", () => {
  test("name and options", () => {
    const text = "name: n1\nidentity: i1\ntcp-listener-address: :4000\n";
    const values = {
      dryRun: true,
      identity: "i2",
      foreground: false,
      variable: [],
      statusEndpoint: undefined,
    };
    expect(plan(text, { name: "n2", values })).toMatchObject({
      name: "n2",
      settings: { identity: "i2", foreground: false, options: { tcpListenerAddress: "127.0.0.1:4000" } },
    });
    expect(plan(text)).toMatchObject({ name: "n1", settings: { identity: "i1" } });
  });

  test("one of options that exclude each other", () => {
    const text = "no-status-endpoint: true\n";
    expect(plan(text, { values: { statusEndpoint: "127.0.0.1:1" } }).settings.options).toEqual({
      statusEndpoint: "127.0.0.1:1",
    });
    expect(plan(text).settings.options).toEqual({ statusEndpoint: "off" });
  });

  test("the ticket", () => {
    expect(plan("ticket: a").ticket).toBe("a");
    expect(plan("ticket: a", { ticket: "b" }).ticket).toBe("b");
    expect(plan("{}").ticket).toBeUndefined();
  });
});

describe("options that need others", () => {
  test.each([
    ["exit-on-eof: true", "--exit-on-eof needs --foreground"],
    ["in-memory: true", "a node in the background cannot keep its state in memory"],
  ])("%j", (text, message) => {
    expect(() => plan(text)).toThrow(message);
  });
});

function names(text: string): readonly (string | undefined)[] {
  return plan(text).commands.map(({ given }) => given.positionals[0]);
}

test("the first outlet without a name is the one that inlets look for", () => {
  expect(names("tcp-outlets: [{a: {to: 1}}, {to: 2}, {to: 3}]")).toEqual(["a", "outlet", undefined]);
  expect(names("tcp-outlets: [{to: 1}, {outlet: {to: 2}}]")).toEqual([undefined, "outlet"]);
  expect(names("tcp-outlets: [{to: 1}, {to: 2, from: outlet}]")).toEqual([undefined, undefined]);
});

describe("a dry run", () => {
  const text = [
    "ticket: abc",
    "name: n1",
    "identity: i1",
    "relay: {b: {at: /dnsaddr/$API_TOKEN.example/tcp/1}}",
    "tcp-outlet: {'a b': {to: 5432, tls: true}}",
  ].join("\n");

  test("prints commands that a shell takes, without secrets", () => {
    expect(dryRun(plan(text)).machine?.split("\n")).toEqual([
      "ockam project enroll *** --identity i1",
      "ockam node create n1 --identity i1",
      "ockam relay create b --at *** --to n1",
      "ockam tcp-outlet create 'a b' --to 5432 --tls --at n1",
    ]);
    expect(JSON.stringify(dryRun(plan(text)).json())).not.toMatch(/abc|hunter2/);
  });

  test("says in JSON where each comes from", () => {
    expect(dryRun(plan("tcp-outlet:\n  to: 1\n")).json()).toEqual([
      { command: "ockam node create", place: null },
      { command: "ockam tcp-outlet create outlet --to 1 --at NAME", place: "node.yaml:2:3" },
    ]);
  });
});

test.each([
  [["a", "b-c", "/x/y", "1:2"], "a b-c /x/y 1:2"],
  [["it's", "a b", "$X", ""], String.raw`'it'\''s' 'a b' '$X' ''`],
])("%j is quoted", (words, expected) => {
  expect(quoteWords(words)).toBe(expected);
});
