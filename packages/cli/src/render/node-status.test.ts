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
import { MAX_DRAWN } from "./node-items.ts";
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
      "  │   2 open of 17 connections, 1.23 MB sent, 999 B received",
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
    "  │   2 open of 17 connections, 1.23 MB sent, 999 B received",
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

const PEER = `I${"0123456789abcdef".repeat(4)}`;
const MESSAGES = { messages_sent: 1, bytes_sent: 34_000_000, messages_received: 2, bytes_received: 1000 };
const SINCE = "2026-11-25T07:00:00.123Z";
const NOW = Date.parse("2026-11-25T08:05:00Z");

function draw(node: Parameters<typeof renderNodeStatus>[0]): string {
  return renderNodeStatus(node, STYLE, NOW);
}

describe("a node", () => {
  const status: NodeStatus = statusOfRecord(RECORD);

  test("is drawn with all that it has, within 80 columns", () => {
    const transport = {
      type: "Tcp",
      worker_addr: "w",
      processor_address: "p",
      flow_control_id: "f",
    } as const;
    const channel = { address: "/service/a", their_identifier: PEER, route: "0#x", traffic: MESSAGES };
    const node: NodeStatus = {
      ...status,
      status_endpoint_address: "127.0.0.1:23345",
      started_at: "2026-11-25T06:00:00Z",
      log_level: "debug",
      services: [
        { addr: "echo", type: "echo" },
        { addr: "h", type: "hop" },
      ],
      transports: [{ ...transport, mode: "Listen", socket_addr: "127.0.0.1:4000" }],
      secure_channel_listeners: [
        {
          address: { tt: 0, inner: [97] },
          service: "/service/api",
          flow_control_id: "f",
          is_key_exchange_only: false,
          identifier: PEER,
          authorized_identifiers: null,
        },
      ],
      inlets: [
        {
          ...INLET,
          outlet_addr: "/dnsaddr/localhost/tcp/4000/service/forward_to_n2/secure/api/service/outlet",
          outlet_route: "0#d13a4c1111111111111111111111111c => 0#outlet",
          peer_identifier: PEER,
          last_failure: "portal: the target refuses connections; is it running?",
          last_failure_at: SINCE,
        },
      ],
      outlets: [
        {
          to: "127.0.0.1:5432",
          worker_addr: { tt: 0, inner: [111] },
          address: "/service/outlet",
          tls: true,
          traffic: TRAFFIC,
          peer_identifiers: [PEER],
          last_failure: null,
          last_failure_at: null,
          payload: null,
          privileged: false,
        },
      ],
      kafka_inlets: [KAFKA_INLET],
      kafka_outlets: [{ ...KAFKA_OUTLET, brokers: { 1: "10.0.0.1:9092" } }],
      relays: [
        { ...RELAY, connection_status: "Up", remote_address: "forward_to_default", traffic: MESSAGES },
      ],
      hosted_relays: [
        { address: "/service/forward_to_b", owner: PEER, since: SINCE, messages: 7, bytes: 1234 },
      ],
      secure_channels: [
        { ...channel, role: "initiator", since: SINCE },
        { ...channel, role: "responder", since: "2026-11-25T08:00:00Z" },
      ],
      tcp_connections: [{ ...transport, mode: "Incoming", socket_addr: "127.0.0.1:51234" }],
      trust: { ...TRUST, authority: PEER },
    };
    expect(draw(node).split("\n")).toEqual([
      "n1 (default)  UP for 2 h 5 min, process 7",
      "├─ identity  i1",
      "├─ route     /node/n1 /dnsaddr/localhost/tcp/4000",
      "├─ status    http://127.0.0.1:23345/show",
      "├─ log       debug",
      "├─ services  echo, h (hop)",
      "├─ listeners",
      "│  ├─ TCP             127.0.0.1:4000",
      "│  └─ secure channel  /service/api",
      "├─ inlets",
      "│  └─ db  UP 127.0.0.1:15432 →",
      "│     │   /dnsaddr/localhost/tcp/4000/service/forward_to_n2/secure/api/service",
      "│     │   /outlet",
      "│     ├─ traffic  2 open of 17 connections, 1.23 MB sent, 999 B received,",
      "│     │           answers within 1.5 ms",
      "│     ├─ peer     I0123456789ab…",
      "│     ├─ path     0#d13a4c1111111111111111111111111c → 0#outlet",
      "│     └─ failed   1 h 4 min ago: portal: the target refuses connections; is it",
      "│                 running?",
      "├─ outlets",
      "│  └─ /service/outlet  → tls://127.0.0.1:5432",
      "│     ├─ traffic  2 open of 17 connections, 1.23 MB sent, 999 B received",
      "│     └─ peer     I0123456789ab…",
      "├─ Kafka inlets",
      "│  └─ kafka_inlet  UP 127.0.0.1:4000 → /node/n2/secure/api",
      "│     ├─ traffic   2 open of 17 connections, 1.23 MB sent, 999 B received,",
      "│     │            answers within 1.5 ms",
      "│     └─ encrypts  whole values",
      "├─ Kafka outlets",
      "│  └─ kafka_outlet  → tcp://127.0.0.1:9092",
      "│     ├─ brokers  1 at 10.0.0.1:9092",
      "│     └─ traffic  2 open of 17 connections, 1.23 MB sent, 999 B received",
      "├─ relays",
      "│  └─ default  UP forward_to_default at /dnsaddr/relay.example/tcp/4000",
      "│     ├─ traffic  34 MB sent, 1 kB received",
      "│     └─ failed   1 h 3 min ago: nobody is there",
      "├─ relays of others",
      "│  └─ /service/forward_to_b  of I0123456789ab…, for 1 h 4 min, 7 messages,",
      "│                            1.23 kB",
      "├─ peers",
      "│  └─ I0123456789ab…  1 channel opened, 1 channel accepted, for 1 h 4 min, 68 MB",
      "│                     sent, 2 kB received",
      "├─ TCP connections",
      "│  └─ from  127.0.0.1:51234",
      "└─ trust",
      "   ├─ authority   REACHABLE I0123456789ab… of the project default",
      "   │  └─ at  /dnsaddr/relay.example/tcp/4001/service/api",
      "   └─ credential  VALID until 2027-01-15T08:05:00Z, renewed at",
      "      │           2027-01-15T08:03:00Z",
      "      └─ says  ockam-relay=default",
    ]);
    for (const line of draw(node).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("of an older version shows what it tells", () => {
    const { peer_identifier: _, traffic: __, ...inlet } = INLET;
    const { traffic: ___, peer_identifiers: ____, ...outlet } = KAFKA_OUTLET;
    const old = { ...status, inlets: [inlet], kafka_outlets: [outlet] } as unknown as NodeStatus;
    expect(draw(old).split("\n").slice(-5)).toEqual([
      "├─ inlets",
      "│  └─ db  UP 127.0.0.1:15432 → /node/n2/service/outlet",
      "│     └─ traffic  answers within 1.5 ms",
      "└─ Kafka outlets",
      "   └─ kafka_outlet  → tcp://127.0.0.1:9092",
    ]);
  });

  test("with many peers, connections and relays of others shows some, and how many more", () => {
    const many = Array.from({ length: MAX_DRAWN + 5 }, (_, index) => ({
      address: `/service/forward_to_${index}`,
      owner: null,
      since: SINCE,
      messages: 1,
      bytes: 1,
    }));
    const text = draw({ ...status, hosted_relays: many });
    expect(text.match(/forward_to_/g)).toHaveLength(MAX_DRAWN);
    expect(text).toContain("of nobody known, for 1 h 4 min, 1 message, 1 B");
    expect(text).toContain("└─ and 5 more");
    // The node itself may not have told of all.
    const totals = { ...status.totals, hosted_relays: 3000 };
    expect(draw({ ...status, hosted_relays: many, totals })).toContain(`└─ and ${3000 - MAX_DRAWN} more`);
  });

  test("without a credential, and without its authority", () => {
    const missing = { ...TRUST.credential!, status: "missing", attributes: {} } as const;
    const trust = { ...TRUST, credential: missing, authority_reachable: false, last_failure: "refused" };
    const text = draw({ ...status, trust });
    for (const part of ["NOT REACHABLE", "credential  MISSING", "failed      refused"])
      expect(text).toContain(part);
  });

  test("shows what others say of it, and does not let them write on the terminal", () => {
    const credential = { ...TRUST.credential!, attributes: { "a\u009b": "\u001b[2J" } };
    const failing = { ...INLET, ...DOWN, last_failure: "\u001b[1m\nno" };
    const text = draw({ ...status, inlets: [failing], trust: { ...TRUST, credential } });
    expect(text).toContain("a\\u{9b}=\\u{1b}[2J");
    expect(text).toContain("\\u{1b}[1m\\u{a}no");
    expect(renderInlet(failing, STYLE)).toContain("\\u{1b}[1m\\u{a}no");
  });

  test("that trusts nobody says nothing of it", () => {
    const trust = { ...TRUST, authority: null, project: null, credential: null };
    expect(draw({ ...status, trust })).not.toContain("trust");
  });

  test("that hangs, and one that is stopped", () => {
    expect(draw({ ...status, answers: false, failure: "no answer" })).toContain(
      "n1 (default)  RUNS, BUT DOES NOT ANSWER, process 7: no answer\n",
    );
    const stopped = statusOfRecord({ ...RECORD, status: "stopped", pid: undefined });
    expect(draw({ ...stopped, answers: false, failure: "it is not running" })).toContain(
      "n1 (default)  DOWN: it is not running\n",
    );
  });
});
