import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";

import { configurationSchema } from "./configuration-schema.ts";
import { configurationTable, type ConfigurationTable } from "./configuration-table.ts";
import { readNodeConfiguration } from "./node-configuration.ts";

let table: ConfigurationTable;
let isValid: (text: string) => boolean;

beforeAll(async () => {
  table = await configurationTable();
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(configurationSchema(table));
  isValid = (text) => validate(parse(text));
});

test.each(["../../node-configuration.schema.json", "../../../../docs/node-configuration.schema.json"])(
  "%s is what the commands take; run vitest -u when they change",
  async (file) => {
    const schema = JSON.stringify(configurationSchema(table), null, 2);
    await expect(`${schema}\n`).toMatchFileSnapshot(file);
  },
);

test.each([
  "{}",
  "name: n1",
  "version: 1\nudp: false\nvariables: {A: 1, B: x, C: true}",
  "name: n1\ntcp_listener_address: 127.0.0.1:$PORT\nstatus-endpoint: :1\nforeground: $FG",
  "tcp-outlet: {db: {to: $PORT}}",
  "tcp-outlets: [{to: 1, tls: true}, {b: {to: 2, skip_handshake: false}}]",
  "tcp_inlets: {web: {from: 1, to: /node/n/secure/api/service/outlet, connection-wait: 5s}}",
  "tcp-inlets:",
  "kafka-inlet: k",
  "kafka_inlets: [{from: 4000, to: self}, {b: {from: $PORT, encrypted-fields: [a, $.b.c], no-publishing: true}}]",
  "kafka-outlet: {bootstrap-server: 127.0.0.1:9092}",
  "kafka-outlets: {a: {to: 'tls://b:9093', prefix: a}, b: }",
  "policies: [{resource: db, allow: a and b}, {resource-type: tcp-inlet, expression: c}]",
  "policy: {resource: db, allow: a, at: n2}",
  "relays: [a, {b: {at: r}}, {at: r}]",
  "relay: {a: , b: }",
  "services: {secure-channel-listener: {authorized-identifiers: [I1], identity: i}}",
  "services:",
])("schema and command take %j", (text) => {
  expect(isValid(text)).toBe(true);
  expect(() => read(text)).not.toThrow();
});

test.each([
  "[]",
  "n1",
  "nmae: n1",
  "version: 2",
  "udp: true",
  "name: [a]",
  "foreground: 1",
  "variables: {a-b: 1}",
  "variables: {A: {b: 1}}",
  "tcp-outlet: {db: {too: 1}}",
  "tcp-outlet: {db: {tls: true}}",
  "tcp-outlet: {to: {a: 1}}",
  "tcp-outlet: {to: 1, tls: 1}",
  "tcp-outlets: [[{to: 1}]]",
  "tcp-outlet: db",
  "influxdb-inlet: {}",
  "kafka-inlet: {k: {form: 4000}}",
  "kafka-inlet: {to: {a: 1}}",
  "policies: {resource: db}",
  "policies: [db]",
  "services: {control-api: {}}",
  "services: {secure-channel-listener: {authorised: I1}}",
])("schema and command refuse %j", (text) => {
  expect(isValid(text)).toBe(false);
  expect(() => read(text)).toThrow(/^node\.yaml:\d+:\d+: /);
});

test("every option of every command is in the schema", () => {
  for (const { command, keys } of table.resources) {
    const known = Object.entries(command.options).filter(([, { unsupported }]) => unsupported !== true);
    const options = known.map(([key, { takes }]) => {
      const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return `${name}: ${{ nothing: "true", value: "$V", values: "[$V, $V]" }[takes]}`;
    });
    const section = `${keys[0]}: {${options.join(", ")}}`;
    expect([section, isValid(section)]).toEqual([section, true]);
    const unknown = `${keys[0]}: {${options.join(", ")}, no-such-option: 1}`;
    expect([unknown, isValid(unknown)]).toEqual([unknown, false]);
  }
});

function read(text: string) {
  return readNodeConfiguration({
    text,
    source: "node.yaml",
    table,
    variables: new Map([
      ["PORT", "5432"],
      ["FG", "true"],
    ]),
    environment: {},
  });
}
