import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createNode, type OckamNode } from "@ockam/node";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";

import * as kafkaCertificate from "../../../portal-kafka/testing/certificate.ts";
import * as portalCertificate from "../../../portal-tcp/testing/certificate.ts";
import { testTerminal } from "../../testing/test-terminal.ts";
import type { RunningNode } from "../node-access.ts";
import type { Terminal } from "../terminal.ts";
import { applyCommands, type AppliedCommand } from "./applied-command.ts";
import { configurationTable } from "./configuration-table.ts";
import { readNodeConfiguration } from "./node-configuration.ts";
import { planNode, typedArguments } from "./node-plan.ts";

const [KAFKA_PAIR, PORTAL_PAIR] = [kafkaCertificate, portalCertificate].map(
  ({ TEST_CERTIFICATE: certificate, TEST_CERTIFICATE_KEY: key }) => ({ certificate, key }),
) as [PemPair, PemPair];

interface PemPair {
  readonly certificate: string;
  readonly key: string;
}

let node: OckamNode;
let terminal: Terminal;

beforeEach(async () => {
  node = await createNode({ name: "n1" });
  const ownNode: RunningNode = { name: "n1", call: (method, params) => node.call(method, params) };
  terminal = { ...testTerminal().terminal, ownNode };
});
afterEach(() => node.close());

async function apply(text: string): Promise<readonly AppliedCommand[]> {
  const table = await configurationTable();
  const options = {
    text,
    source: "node.yaml",
    table,
    variables: new Map([["DB_PASSWORD", "hunter2"]]),
    environment: {},
  };
  const none = typedArguments({}, new Set(), undefined);
  const plan = planNode(table, readNodeConfiguration(options), none, undefined);
  return applyCommands(plan.commands, "n1", terminal);
}

async function changes(text: string): Promise<readonly string[]> {
  return (await apply(text)).map(({ change }) => change);
}

const KAFKA = "from: 0, to: self, no-connection-wait: true";
const INLET = "to: /service/outlet, no-connection-wait: true";

describe("a second time", () => {
  test.each([
    "tcp-outlet: {db: {to: 5432}}",
    "tcp-outlets: [{to: 1}, {to: 1}, {a: {to: 1, tls: true}}]",
    `tcp-inlets: {web: {${INLET}}}`,
    `tcp-inlets: [{${INLET}}, {${INLET}}, {from: 'localhost:0', ${INLET}}]`,
    "relays: {r: {at: /ip4/127.0.0.1/tcp/1, no-connection-wait: true}}",
    "relay: {at: /ip4/127.0.0.1/tcp/1/secure/api, no-connection-wait: true}",
    "services: {secure-channel-listener: {address: l}}",
    "kafka-outlet: {bootstrap-server: 9092}",
    "kafka-outlets: {a: {to: 'tls://b:9093', prefix: a}, b: {prefix: b}}",
    `kafka-inlet: {${KAFKA}}`,
    `kafka-inlets: {a: {${KAFKA}, no-publishing: true}, b: {${KAFKA}, no-content-encryption: true}}`,
    `kafka-inlet: {${KAFKA}, encrypted-field: [a, $.b], plain-records: pass, advertised-host: h, consumer: self}`,
  ])("%j changes nothing", async (text) => {
    const first = await changes(text);
    const before = node.resources();
    expect(new Set(first)).toEqual(new Set(["created"]));
    expect(new Set(await changes(text))).toEqual(new Set(["unchanged"]));
    expect(node.resources()).toEqual(before);
  });

  test("the listener that every node has is as it is", async () => {
    expect(await changes("services: {secure-channel-listener: {address: api}}")).toEqual(["unchanged"]);
  });
});

describe("a file that changed", () => {
  test("changes what differs, and leaves what it no longer speaks of", async () => {
    await apply("tcp-outlets: {a: {to: 1}, b: {to: 2}, c: {to: 3}}");
    expect(await changes("tcp-outlets: {a: {to: 1}, b: {to: 22}, d: {to: 4}}")).toEqual([
      "unchanged",
      "changed",
      "created",
    ]);
    const outlets = node.tcpOutlets.list().map(({ address, to }) => `${address} ${to}`);
    expect(outlets.toSorted()).toEqual([
      "/service/a 127.0.0.1:1",
      "/service/b 127.0.0.1:22",
      "/service/c 127.0.0.1:3",
      "/service/d 127.0.0.1:4",
    ]);
  });

  test("finds an outlet without a name, and an inlet by its port", async () => {
    await apply(`tcp-outlet: {to: 1}\ntcp-inlet: {${INLET}}`);
    const [inlet] = node.tcpInlets.list();
    const text = `tcp-outlet: {to: 2}\ntcp-inlet: {from: '${inlet!.bind_addr}', to: /service/other, no-connection-wait: true}`;
    expect(await changes(text)).toEqual(["changed", "changed"]);
    expect(node.tcpOutlets.list()).toHaveLength(1);
    expect(node.tcpInlets.list()).toHaveLength(1);
    expect(node.tcpInlets.list()[0]).toMatchObject({
      bind_addr: inlet!.bind_addr,
      outlet_addr: "/service/other",
    });
  });

  test.each([
    ["no-publishing: true", "no-publishing: false"],
    ["no-content-encryption: false", "no-content-encryption: true"],
    ["encrypted-field: a", "encrypted-field: b"],
    ["encrypted-field: a", "plain-records: drop"],
    ["plain-records: drop", "plain-records: error"],
    ["advertised-host: a", "advertised-host: b"],
    ["consumer: self", "consumer-relay: self"],
    ["brokers-port-range: 2000-2001", "brokers-port-range: 2000-2002"],
  ])("replaces a Kafka inlet with %s by one with %s", async (before, after) => {
    expect(await changes(`kafka-inlet: {${KAFKA}, ${before}}`)).toEqual(["created"]);
    expect(await changes(`kafka-inlet: {${KAFKA}, ${after}}`)).toEqual(["changed"]);
    expect(await changes(`kafka-inlet: {${KAFKA}, ${after}}`)).toEqual(["unchanged"]);
    expect(node.kafkaInlets.list()).toHaveLength(1);
  });

  test("replaces the certificate of a Kafka inlet, and puts back nothing without one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ock-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const pem = (name: string, text: string) => writeFileSync(join(folder, name), text);
    const inlet = (more: string) =>
      `kafka-inlet: {${KAFKA}, tls-certificate: ${folder}/cert.pem, tls-key: ${folder}/key.pem${more}}`;
    pem("cert.pem", KAFKA_PAIR.certificate);
    pem("key.pem", KAFKA_PAIR.key);
    expect(await changes(inlet(""))).toEqual(["created"]);
    expect(await changes(inlet(""))).toEqual(["unchanged"]);
    pem("cert.pem", PORTAL_PAIR.certificate);
    await expect(apply(inlet(""))).rejects.toMatchObject({ code: "OCKAM_NODE_INVALID_TLS" });
    expect(node.kafkaInlets.list()).toEqual([]);
    pem("key.pem", PORTAL_PAIR.key);
    expect(await changes(inlet(""))).toEqual(["created"]);
  });

  test("closes the door that was open to everybody", async () => {
    const identifier = node.identifier;
    const text = `services: {secure-channel-listener: {authorized-identifiers: [${identifier}]}}`;
    expect(await changes(text)).toEqual(["changed"]);
    expect(node.secureChannelListeners.show("api").authorized_identifiers).toEqual([identifier]);
    expect(await changes(text)).toEqual(["unchanged"]);
  });
});

function allowing(policy: string): string {
  return `tcp-outlet: {a: {to: 1, allow: ${policy}}}`;
}

describe("policies", () => {
  const [one, other] = [`I${"1".repeat(64)}`, `I${"2".repeat(64)}`];

  test("of a thing change without it", async () => {
    expect(await changes(allowing(one))).toEqual(["created"]);
    expect(await changes(allowing(one))).toEqual(["unchanged"]);
    expect(await changes(allowing(other))).toEqual(["changed"]);
    expect(await node.call("policy.show", { resource: "a" })).toMatchObject({
      expression: `(= subject.identifier "${other}")`,
    });
  });

  test("of a Kafka inlet change without it, each by itself, and survive its replacement", async () => {
    const inlet = (more: string) => `kafka-inlet: {${KAFKA}, allow: ${one}, allow-producer: ${one}${more}}`;
    expect(await changes(inlet(`, allow-consumer: ${one}`))).toEqual(["created"]);
    const [before] = node.kafkaInlets.list();
    expect(await changes(inlet(`, allow-consumer: ${other}`))).toEqual(["changed"]);
    expect(node.kafkaInlets.list()).toMatchObject([{ from: before!.from, since: before!.since }]);
    expect(await changes(inlet(""))).toEqual(["unchanged"]);
    expect(await changes(`kafka-inlet: {${KAFKA}, no-publishing: true}`)).toEqual(["changed"]);
    const policies = await node.call("policy.list", {});
    expect(policies.map(({ expression, resource }) => [resource, expression])).toEqual(
      expect.arrayContaining([
        ["kafka_inlet", `(= subject.identifier "${one}")`],
        ["kafka-consumer-kafka_inlet", `(= subject.identifier "${other}")`],
        ["kafka-producer-kafka_inlet", `(= subject.identifier "${one}")`],
      ]),
    );
  });

  test("of names and types are set once", async () => {
    const text = (allow: string | undefined): string =>
      `policies: [{resource: a, allow: ${allow}}, {resource-type: relay, allow: ${one}}]`;
    expect(await changes(text(one))).toEqual(["created", "changed"]);
    expect(await changes(text(one))).toEqual(["unchanged", "unchanged"]);
    expect(await changes(text(other))).toEqual(["changed", "unchanged"]);
  });

  test("that were set otherwise stay when their thing is replaced", async () => {
    await apply("tcp-outlet: {a: {to: 1}}");
    await node.call("policy.create", { resource: "a", allow: one });
    expect(await changes("tcp-outlet: {a: {to: 2}}")).toEqual(["changed"]);
    expect(await node.call("policy.show", { resource: "a" })).toMatchObject({
      expression: `(= subject.identifier "${one}")`,
    });
    await expect(apply("tcp-outlet: {a: {to: 'udp://h:1'}}")).rejects.toThrow("a TCP server");
    await expect(apply("tcp-outlet: {a: {to: 3, allow: role}}")).rejects.toThrow("node.yaml:1:14: ");
    expect(node.tcpOutlets.show("a").to).toBe("127.0.0.1:2");
    expect(await node.call("policy.show", { resource: "a" })).toMatchObject({
      expression: `(= subject.identifier "${one}")`,
    });
  });
});

describe("what fails", () => {
  test("is told with its place, and what came before it stays", async () => {
    await node.tcpInlets.create({ name: "x", to: "/service/y", connectionWait: 0 });
    const port = node.tcpInlets.show("x").bind_addr;
    await expect(
      apply(`tcp-outlet:\n  a: {to: 1}\ntcp-inlets:\n  z: {from: '${port}', ${INLET}}`),
    ).rejects.toMatchObject({
      code: "OCKAM_NODE_PORT_IN_USE",
      message: expect.stringMatching(/^node\.yaml:4:3: Another process is already listening/),
      details: { hint: "give another port, or port 0 for any free one" },
    });
    expect(node.tcpOutlets.list()).toHaveLength(1);
  });

  test("is told without secrets", async () => {
    const error: unknown = await apply(`tcp-inlet: {to: /node/$DB_PASSWORD/service/x}`).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "OCKAM_NODE_UNKNOWN_NODE", message: expect.stringContaining("***") });
    expect(JSON.stringify([error, String(error)])).not.toContain("hunter2");
  });

  test("leaves the old one in its place", async () => {
    await apply("tcp-outlet: {a: {to: 1}}");
    // There is nobody who could attest attributes.
    await expect(apply("tcp-outlet: {a: {to: 2, allow: role}}")).rejects.toThrow("node.yaml:1:14: ");
    expect(node.tcpOutlets.show("a").to).toBe("127.0.0.1:1");
  });

  test("a wrong use of options is a wrong configuration", async () => {
    await expect(apply("tcp-outlet: {a: {to: 'udp://h:1'}}")).rejects.toMatchObject({
      code: "OCKAM_CLI_INVALID_CONFIGURATION",
      message: "node.yaml:1:14: an outlet leads to a TCP server",
    });
  });
});
