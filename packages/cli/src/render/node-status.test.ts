import type {
  InletStatus,
  KafkaInletStatus,
  KafkaOutletStatus,
  NodeRecord,
  NodeStatus,
  RelayStatus,
  TrustStatus,
} from "@ockam/node";
import { describe, expect, test } from "vitest";

import { createStyle } from "../style.ts";
import { renderInlet } from "./inlet.ts";
import { renderKafkaInlet } from "./kafka-inlet.ts";
import { renderKafkaOutlet } from "./kafka-outlet.ts";
import { renderNodeStatus, statusOfRecord } from "./node-status.ts";
import { renderRelay } from "./relay.ts";

const STYLE = createStyle(false);
const RECORD: NodeRecord = {
  name: "n1",
  identityName: "i1",
  isDefault: true,
  status: "running",
  pid: 7,
  tcpListenerAddress: "127.0.0.1:4000",
  statusEndpointAddress: undefined,
  options: { tcpListenerAddress: "127.0.0.1:4000", statusEndpoint: "off" },
};
const TRAFFIC = { open_connections: 2, connections: 17, bytes_sent: 1_234_567, bytes_received: 999 };
const INLET: InletStatus = {
  peer_identifier: null,
  traffic: TRAFFIC,
  alias: "db",
  bind_addr: "127.0.0.1:15432",
  outlet_addr: "/node/n2/service/outlet",
  outlet_route: null,
  status: "Up",
  since: "2026-11-25T07:00:00.123Z",
  last_failure: null,
  last_failure_at: null,
  round_trip_ms: 1.5,
  worker_addr: null,
  payload: null,
  privileged: false,
};
const DOWN = {
  last_failure: "nobody is there",
  last_failure_at: "2026-11-25T07:01:00.456Z",
  round_trip_ms: null,
} as const;
const RELAY: RelayStatus = {
  peer_identifier: null,
  traffic: null,
  name: "default",
  destination_address: "/dnsaddr/relay.example/tcp/4000",
  connection_status: "Down",
  forwarding_route: null,
  remote_address: null,
  worker_address: null,
  flow_control_id: null,
  since: "2026-11-25T07:00:00Z",
  ...DOWN,
};
const TRUST: TrustStatus = {
  project: "default",
  authority: "Iaa",
  authority_route: "/dnsaddr/relay.example/tcp/4001/service/api",
  authority_reachable: true,
  credential: {
    scope: "s",
    status: "valid",
    created_at: 1_800_000_000,
    expires_at: 1_800_000_300,
    renews_at: 1_800_000_180,
    attributes: { "ockam-relay": "default" },
  },
  membership_changes: "followed",
  last_failure: null,
};

const KAFKA_INLET: KafkaInletStatus = {
  peer_identifier: null,
  traffic: TRAFFIC,
  name: "kafka_inlet",
  from: "127.0.0.1:4000",
  brokers_port_range: "4001-4100",
  advertised_host: "127.0.0.1",
  to: "/node/n2/secure/api",
  outlet_prefix: "kafka",
  status: "Up",
  since: "2026-11-25T07:00:00.123Z",
  last_failure: null,
  last_failure_at: null,
  round_trip_ms: 1.5,
  brokers: {},
  connections: 1,
  content_encryption: true,
  encrypted_fields: [],
  undelivered_records: 0,
  undelivered_reason: null,
  published: [],
};
const KAFKA_OUTLET: KafkaOutletStatus = {
  traffic: TRAFFIC,
  peer_identifiers: [],
  last_failure: null,
  last_failure_at: null,
  name: "kafka_outlet",
  bootstrap_server: "127.0.0.1:9092",
  tls: false,
  prefix: "kafka",
  address: "/service/kafka_interceptor",
  brokers: {},
  connections: 2,
};

describe("a Kafka inlet", () => {
  test("that nobody has used", () => {
    expect(renderKafkaInlet(KAFKA_INLET, STYLE).split("\n")).toEqual([
      "  │ Kafka inlet kafka_inlet at 127.0.0.1:4000 UP",
      "  │   to /node/n2/secure/api",
      "  │   brokers at ports 4001-4100",
      "  │   encrypts whole values",
      "  │   1 connection",
      "  │   since 2026-11-25T07:00:00Z, answers within 1.5 ms",
    ]);
  });

  test("that is in use by consumers of other machines, and down", () => {
    const text = renderKafkaInlet(
      {
        ...KAFKA_INLET,
        ...DOWN,
        status: "Down",
        advertised_host: "kafka.local",
        brokers: { 1: "127.0.0.1:4001", 2: "127.0.0.1:4002" },
        brokers_port_range: "0-0",
        encrypted_fields: ["card", "$.phone"],
        published: ["consumer_orders_0"],
      },
      STYLE,
    );
    for (const part of [
      "DOWN",
      "brokers at any free ports, told as kafka.local: 1 at 127.0.0.1:4001, 2 at 127.0.0.1:4002",
      "encrypts the fields card, $.phone",
      "published as consumer_orders_0",
      "at 2026-11-25T07:01:00Z: nobody is there",
    ])
      expect(text).toContain(part);
  });

  test("that could not deliver records says how many, and why", () => {
    const undelivered = { undelivered_records: 3, undelivered_reason: "the value is not encrypted" };
    expect(renderKafkaInlet({ ...KAFKA_INLET, ...undelivered }, STYLE)).toContain(
      "3 records were not delivered as they should be; the latest: the value is not encrypted",
    );
  });

  test("that encrypts nothing says so", () => {
    const text = renderKafkaInlet({ ...KAFKA_INLET, content_encryption: false }, STYLE);
    expect(text).toContain("records are not encrypted");
  });
});

test("a Kafka outlet, with TLS and what it has found", () => {
  const text = renderKafkaOutlet({ ...KAFKA_OUTLET, tls: true, brokers: { 1: "10.0.0.1:9092" } }, STYLE);
  expect(text.split("\n")).toEqual([
    "  │ Kafka outlet kafka_outlet to tls://127.0.0.1:9092",
    "  │   at /service/kafka_interceptor",
    "  │   brokers: 1 at 10.0.0.1:9092",
    "  │   2 connections",
  ]);
});

describe("an inlet", () => {
  test("that is up: since when and how fast", () => {
    expect(renderInlet(INLET, STYLE)).toContain("UP\n");
    expect(renderInlet(INLET, STYLE)).toContain("since 2026-11-25T07:00:00Z, answers within 1.5 ms");
    expect(renderInlet(INLET, STYLE)).not.toContain("failure");
  });

  test.each(["Up", "Down"] as const)("that is %s and was not always: why and when", (status) => {
    const text = renderInlet({ ...INLET, ...DOWN, status }, STYLE);
    expect(text).toContain(status.toUpperCase());
    expect(text).toContain("last failure at 2026-11-25T07:01:00Z: nobody is there");
    expect(text).not.toContain("within");
  });
});

test("a relay that is down", () => {
  const text = renderRelay(RELAY, STYLE);
  for (const part of ["DOWN", "since 2026-11-25T07:00:00Z", "at 2026-11-25T07:01:00Z: nobody is there"])
    expect(text).toContain(part);
});

describe("a node", () => {
  const status: NodeStatus = statusOfRecord(RECORD);

  test("that answers, with all that it has", () => {
    const kafka = { kafka_inlets: [KAFKA_INLET], kafka_outlets: [KAFKA_OUTLET] };
    const all = { ...status, ...kafka, inlets: [INLET], relays: [RELAY], trust: TRUST };
    const text = renderNodeStatus(all, STYLE);
    expect(text).toContain("Status: UP\n");
    for (const part of [
      "Relay default",
      "Inlet db",
      "Kafka inlet kafka_inlet",
      "Kafka outlet kafka_outlet",
      "Authority of the project default Iaa REACHABLE",
      "at /dnsaddr/relay.example/tcp/4001/service/api",
      "Credential VALID until 2027-01-15T08:05:00Z, to be renewed at 2027-01-15T08:03:00Z",
      "ockam-relay=default",
    ])
      expect(text).toContain(part);
  });

  test("without a credential, and without its authority", () => {
    const missing = { ...TRUST.credential!, status: "missing", attributes: {} } as const;
    const trust = { ...TRUST, credential: missing, authority_reachable: false, last_failure: "refused" };
    const text = renderNodeStatus({ ...status, trust }, STYLE);
    for (const part of ["NOT REACHABLE", "Credential MISSING", "last failure: refused"])
      expect(text).toContain(part);
  });

  test("shows what its authority says of it, and does not let it write on the terminal", () => {
    const credential = { ...TRUST.credential!, attributes: { "a\u009b": "\u001b[2J" } };
    const text = renderNodeStatus({ ...status, trust: { ...TRUST, credential } }, STYLE);
    expect(text).toContain("a\\u{9b}=\\u{1b}[2J");
  });

  test("that trusts nobody says nothing of it", () => {
    const trust = { ...TRUST, authority: null, project: null, credential: null };
    expect(renderNodeStatus({ ...status, trust }, STYLE)).not.toContain("Trust");
  });

  test("that hangs, and one that is stopped", () => {
    const hung = renderNodeStatus({ ...status, answers: false, failure: "no answer" }, STYLE);
    expect(hung).toContain("Status: RUNS, BUT DOES NOT ANSWER: no answer");
    const stopped = statusOfRecord({ ...RECORD, status: "stopped", pid: undefined });
    expect(renderNodeStatus({ ...stopped, answers: false, failure: "it is not running" }, STYLE)).toContain(
      "Status: DOWN: it is not running",
    );
  });
});
