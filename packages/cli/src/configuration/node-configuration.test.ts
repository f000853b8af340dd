import { beforeAll, describe, expect, test } from "vitest";

import { configurationTable, type ConfigurationTable } from "./configuration-table.ts";
import { isConfiguration, readNodeConfiguration } from "./node-configuration.ts";
import { MAX_RESOURCES } from "./opened-configuration.ts";
import { commandLine } from "./planned-command.ts";
import { MAX_VARIABLES } from "./variables.ts";

let table: ConfigurationTable;

beforeAll(async () => {
  table = await configurationTable();
});

function read(
  text: string,
  variables: Record<string, string> = {},
  environment: Record<string, string> = {},
) {
  const given = new Map(Object.entries(variables));
  return readNodeConfiguration({ text, source: "node.yaml", table, variables: given, environment });
}

/** The commands that a configuration stands for, at the node n1. */
function commands(text: string): readonly string[] {
  return read(text).resources.map((planned) => commandLine(planned, "n1").join(" "));
}

function manyVariables(count: number): string {
  return `variables:\n${Array.from({ length: count }, (_, index) => `  V${index}: 1\n`).join("")}`;
}

function manyRelays(count: number): string {
  return `relays: [${Array.from({ length: count }, (_, index) => `r${index}`).join(", ")}]`;
}

describe("a section", () => {
  test.each([
    ["tcp-outlet: {db: {to: 5432}}", ["tcp-outlet create db --to 5432 --at n1"]],
    [
      "tcp-outlets: {a: {to: 1}, b: {to: 2}}",
      ["tcp-outlet create a --to 1 --at n1", "tcp-outlet create b --to 2 --at n1"],
    ],
    ["tcp_outlets: {to: 5432, from: db}", ["tcp-outlet create --to 5432 --from db --at n1"]],
    [
      "tcp-outlets: [{to: 1}, {b: {to: 2}}]",
      ["tcp-outlet create --to 1 --at n1", "tcp-outlet create b --to 2 --at n1"],
    ],
    ["tcp-outlets: [{name: a, to: 1}]", ["tcp-outlet create a --to 1 --at n1"]],
    ["tcp-outlet: {to: 1, at: n2}", ["tcp-outlet create --to 1 --at n2"]],
    ["tcp-outlet: {to: 1, tls: true, skip-handshake: false}", ["tcp-outlet create --to 1 --tls --at n1"]],
    ["tcp-outlet: {to: 1, enable_nagle: 'true'}", ["tcp-outlet create --to 1 --enable-nagle --at n1"]],
    ["policy: {resource: db, allow: a}", ["policy create --resource db --allow a --at n1"]],
    [
      "policies: [{resource-type: relay, expression: a}]",
      ["policy create --resource-type relay --allow a --at n1"],
    ],
    ["relay: bank\nvariables:", ["relay create bank --to n1"]],
    [
      "relays: [a, {b: {at: r}}, {at: r}]",
      ["relay create a --to n1", "relay create b --at r --to n1", "relay create --at r --to n1"],
    ],
    ["relays: {a: , b: ~}", ["relay create a --to n1", "relay create b --to n1"]],
    ["tcp-inlets: []", []],
    ["kafka-outlet: {bootstrap-server: 9092}", ["kafka-outlet create --bootstrap-server 9092 --at n1"]],
    [
      "kafka-outlets: {a: {to: 'tls://b:9093', prefix: a}}",
      ["kafka-outlet create a --bootstrap-server tls://b:9093 --prefix a --at n1"],
    ],
    ["kafka-inlet: k", ["kafka-inlet create k --at n1"]],
    [
      "kafka_inlets: {a: {to: self, encrypted_fields: [a, $.b], avoid-publishing: true}}",
      ["kafka-inlet create a --to self --encrypted-field a --encrypted-field $.b --no-publishing --at n1"],
    ],
    ["tcp-inlets:", []],
    [
      "services: {secure-channel-listener: {address: l, authorized-identifiers: [I1, I2], identity: i}}",
      ["secure-channel-listener create l --authorized I1 --authorized I2 --identity i --at n1"],
    ],
    [
      "services: {secure_channel_listener: {authorized_identifiers: I1}}",
      ["secure-channel-listener create api --authorized I1 --at n1"],
    ],
    ["services: {secure-channel-listener: {address: l, disabled: true}}", []],
  ])("%j", (text, expected) => {
    expect(commands(text)).toEqual(expected);
  });

  test("comes when it is needed, wherever it is written", () => {
    const text =
      "kafka-inlet: k\nkafka-outlet: o\ntcp-inlet: {to: /service/x}\ntcp-outlet: {to: 1}\n" +
      "relay: a\npolicy: {resource: x, allow: a}";
    expect(commands(text).map((line) => line.split(" ")[0])).toEqual([
      "policy",
      "relay",
      "tcp-outlet",
      "tcp-inlet",
      "kafka-outlet",
      "kafka-inlet",
    ]);
  });
});

describe("fields of the node", () => {
  test("in kebab and in snake case, by aliases and letters", () => {
    const { node } = read("name: n1\ntcp_listener_address: :4000\nno-status-endpoint: true\nf: true\n");
    expect(node.given.positionals).toEqual(["n1"]);
    expect([...node.given.options]).toEqual([
      ["tcpListenerAddress", [":4000"]],
      ["noStatusEndpoint", [""]],
      ["foreground", [""]],
    ]);
  });

  test("Rust's version and its UDP switch that is off are taken", () => {
    expect(() => read("version: 1\nudp: false\nname: n1\n")).not.toThrow();
  });
});

describe("variables", () => {
  const text = "variables: {PORT: 5432, NAME: db}\ntcp-outlet: {$NAME: {to: 'localhost:$PORT'}}\n";

  test("of the file", () => {
    expect(commands(text)).toEqual(["tcp-outlet create db --to localhost:5432 --at n1"]);
  });

  test("that the environment has are taken from there, and the user is told", () => {
    const { resources, warnings } = read(text, {}, { PORT: "1" });
    expect(commandLine(resources[0]!, "n1")).toContain("localhost:1");
    expect(warnings).toEqual(["the variable PORT is taken from the environment, not from node.yaml"]);
    expect(read(text, { PORT: "2" }, { PORT: "1" }).warnings).toEqual([]);
  });

  test("are never read as YAML", () => {
    const { resources } = read("relay: $A", { A: "{x: {at: elsewhere}}" });
    expect(commandLine(resources[0]!, "n1")).toEqual([
      "relay",
      "create",
      "{x: {at: elsewhere}}",
      "--to",
      "n1",
    ]);
  });

  test("of secrets hide the option that has them", () => {
    const { resources } = read("tcp-outlet: {to: '$DB_PASSWORD.example:1'}", { DB_PASSWORD: "hunter2" });
    expect(commandLine(resources[0]!, "n1")).toEqual(["tcp-outlet", "create", "--to", "***", "--at", "n1"]);
  });

  test("of secrets are not repeated by errors", () => {
    const outlet = "tcp-outlet: {to: '$DB_PASSWORD:x'}";
    expect(() => read(outlet, { DB_PASSWORD: "hunter2" })).toThrow(
      "node.yaml:1:18: '***:x' is not a socket address",
    );
  });

  test("are not too many", () => {
    expect(() => read(manyVariables(MAX_VARIABLES))).not.toThrow();
    expect(() => read(manyVariables(MAX_VARIABLES + 1))).toThrow(`more than ${MAX_VARIABLES} variables`);
  });
});

test("the ticket may be a variable", () => {
  expect(read("ticket: $ENROLLMENT_TICKET", {}, { ENROLLMENT_TICKET: "t" }).ticket).toMatchObject({
    text: "t",
    secrets: ["t"],
  });
});

test("a configuration makes a limited number of things", () => {
  expect(commands(manyRelays(MAX_RESOURCES))).toHaveLength(MAX_RESOURCES);
  expect(() => commands(manyRelays(MAX_RESOURCES + 1))).toThrow(`at most ${MAX_RESOURCES} things`);
});

describe("is refused at its place:", () => {
  test.each([
    ["name: n1\ntcp-outlt: {to: 1}", "2:1: a configuration has no key tcp-outlt", "did you mean tcp-outlet?"],
    [
      "tcp_listner_address: :1",
      "1:1: a configuration has no key tcp_listner_address",
      "did you mean tcp-listener-address?",
    ],
    ["tcp-outlet:\n  db:\n    too: 1", "3:5: tcp-outlets have no option too", "did you mean to?"],
    [
      "tcp-outlet: {db: {to: 'localhost:65536'}}",
      "1:23: 'localhost:65536' is not a socket address",
      /^give host:port/,
    ],
    ["tcp-outlet: {db: {tls: true}}", "1:14: --to <[tls://]HOST:PORT> is missing", undefined],
    ["tcp-outlet: {to: [1, 2]}", "1:18: to takes one value, not a list", undefined],
    ["tcp-outlet: {to: }", "1:14: --to <[tls://]HOST:PORT> is missing", undefined],
    ["tcp-outlet: {to: 1, tls: yes}", "1:26: tls is either true or false", undefined],
    ["tcp-outlet: {to: true}", "1:18: to needs a value", /quotes/],
    ["tcp-outlet: {to: 1, TO: 2}", "1:21: tcp-outlets have no option TO", /did you mean to/],
    ["tcp-outlets: [[{to: 1}]]", "1:15: this is a list in a list", undefined],
    ["tcp-outlet: {db: {to: 1}, x: 1}", "1:30: the options of x are expected here", undefined],
    ["tcp-outlet: {to: 1}\ntcp-outlets: {to: 2}", "2:1: tcp-outlets is here twice: line 1, too", undefined],
    [
      "no-status-endpoint: true\nno_status_endpoint: true",
      "2:1: no_status_endpoint is here twice: line 1",
      undefined,
    ],
    ["name: a/b", "1:7: 'a/b' is no name for a node", /letters, digits/],
    ["name: [a]", "1:7: name takes one value, not a list", undefined],
    ["tcp-listener-address: x", "1:23: 'x' is not a socket address", undefined],
    ["foreground: maybe", "1:13: foreground is either true or false", undefined],
    ["policies: db", "1:11: policies have no names", undefined],
    ["policies: {allow: 'a = b'}", "1:19: ", undefined],
    ["udp: true", "1:1: nodes have no UDP transport yet", "leave udp out"],
    ["influxdb_inlets: []", "1:1: InfluxDB portals are not there yet", "leave influxdb-inlets out"],
    [
      "kafka-inlet:\n  k:\n    encrypted-feild: a",
      "3:5: kafka-inlets have no option encrypted-feild",
      "did you mean encrypted-field?",
    ],
    ["kafka-inlet: {to: n1}", "1:19: 'n1' is neither a route nor 'self'", /\/node\/n1\/secure\/api/],
    ["kafka-inlet: {brokers-port-range: 2-1}", "1:35: the range 2-1 ends before it begins", undefined],
    ["kafka-inlet: {plain-records: keep}", "1:30: 'keep' is none of its values", /drop, pass, error/],
    ["kafka-inlet: {allow-consumer: 'a = b'}", "1:31: ", /^policies are like/],
    ["kafka_inlet: {allow_producer: 'a = b'}", "1:31: ", /^policies are like/],
    ["kafka-outlet: {bootstrap-server: kafka}", "1:34: 'kafka' is not a socket address", undefined],
    ["services:\n  control-api: {frontend: true}", "2:3: there is no HTTP API to manage nodes", undefined],
    ["services: {hop: true}", "1:12: services have no option hop", undefined],
    [
      "services: {secure-channel-listener: {disabled: true}}",
      "1:12: every node has the listener api",
      undefined,
    ],
    [
      "services: {secure-channel-listener: {authorised: I1}}",
      "1:38: secure-channel-listeners have no option authorised",
      "did you mean authorized?",
    ],
    ["version: 2", "1:10: version 2 is not known", undefined],
    ["variables: {a-b: 1}", "1:13: a-b is no name for a variable", undefined],
    ["variables: {A: {b: 1}}", "1:16: A takes one value, not a mapping", undefined],
    ["- name: n1", "1:1: this is where 'key: value' lines are expected", undefined],
    ["name: $NMAE\nvariables: {NAME: x}", "1:7: there is no variable NMAE", "did you mean NAME?"],
  ])("%j", (text, message, hint) => {
    let error: unknown;
    try {
      read(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: "OCKAM_CLI_INVALID_CONFIGURATION",
      message: expect.stringContaining(`node.yaml:${message}`),
      ...(hint === undefined ? {} : { details: { hint: expect.stringMatching(hint) } }),
    });
  });
});

test.each([
  ["{name: n1}", true],
  ['{"name": "n1"}', true],
  ["name: n1", true],
  ["name: n1\nbroken: [", true],
  ["{", true],
  ["n1", false],
  ["n.1", false],
  ["./config.yaml", false],
  ["C:\\x", false],
  ["a: b: c", false],
])("%j is a configuration: %j", (text, expected) => {
  expect(isConfiguration(text)).toBe(expected);
});
