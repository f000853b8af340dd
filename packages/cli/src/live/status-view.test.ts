import { stripVTControlCharacters } from "node:util";

import type { InletStatus, KafkaOutletStatus, NodeRecord, OutletStatus, RelayStatus } from "@ockam/node";
import { expect, test } from "vitest";

import { glyphsOf } from "../glyphs.ts";
import { statusOfRecord } from "../render/node-status.ts";
import type { NodeReport } from "../show-node.ts";
import { createStyle } from "../style.ts";
import { statusLines, type StatusReport } from "./status-view.ts";

const AT = Date.parse("2026-11-25T08:05:00Z");
const HOW = { endKey: "q", style: createStyle(false) };
const SCREEN = { columns: 80, rows: 24 };
const TRAFFIC = { open_connections: 2, connections: 17, bytes_sent: 1_234_567, bytes_received: 999 };
const SESSION = {
  since: "2026-11-25T07:00:00.123Z",
  last_failure: null,
  last_failure_at: null,
  round_trip_ms: 1.5,
};
const INLET: InletStatus = {
  ...SESSION,
  alias: "db",
  bind_addr: "127.0.0.1:15432",
  outlet_addr: "/node/n2/secure/api/service/outlet",
  outlet_route: null,
  status: "Up",
  worker_addr: null,
  peer_identifier: null,
  traffic: TRAFFIC,
  payload: null,
  privileged: false,
};
const OUTLET: OutletStatus = {
  to: "127.0.0.1:5432",
  worker_addr: { tt: 0, inner: [] },
  address: "/service/outlet",
  tls: false,
  traffic: TRAFFIC,
  peer_identifiers: [],
  last_failure: "portal: the target refuses connections; is it running?",
  last_failure_at: "2026-11-25T08:00:00Z",
  payload: null,
  privileged: false,
};
const RELAY: RelayStatus = {
  ...SESSION,
  name: "default",
  destination_address: "/node/relay",
  connection_status: "Down",
  forwarding_route: null,
  remote_address: null,
  worker_address: null,
  flow_control_id: null,
  peer_identifier: null,
  traffic: null,
  round_trip_ms: null,
  last_failure: "127.0.0.1:4000 refuses connections",
  last_failure_at: "2026-11-25T08:04:50Z",
};
const KAFKA_OUTLET: KafkaOutletStatus = {
  name: "kafka_outlet",
  bootstrap_server: "127.0.0.1:9092",
  tls: false,
  prefix: "kafka",
  address: "/service/kafka_interceptor",
  brokers: {},
  connections: 2,
  traffic: TRAFFIC,
  peer_identifiers: [],
  last_failure: null,
  last_failure_at: null,
};

function node(name: string, has: Partial<NodeReport> = {}): NodeReport {
  const record: NodeRecord = {
    name,
    identityName: "default",
    isDefault: name === "n1",
    status: "running",
    pid: 7,
    tcpListenerAddress: "127.0.0.1:4000",
    statusEndpointAddress: undefined,
    options: { tcpListenerAddress: "127.0.0.1:4000", statusEndpoint: "off" },
  };
  const known = { ...statusOfRecord(record), started_at: "2026-11-25T06:00:00Z" };
  return { ...known, answers: true, failure: null, ...has };
}

function report(at: number, ...nodes: readonly NodeReport[]): StatusReport {
  return { at, nodes };
}

/** With so many more bytes than {@link TRAFFIC}. */
function inletAfter(sent: number, received: number): InletStatus {
  const { bytes_received: before, bytes_sent: sentBefore } = TRAFFIC;
  return {
    ...INLET,
    traffic: { ...TRAFFIC, bytes_sent: sentBefore + sent, bytes_received: before + received },
  };
}

/** The row of the first thing that the first node has. */
function row(now: StatusReport, before?: StatusReport): string {
  return statusLines(now, before, SCREEN, HOW)[4]!;
}

const ALL = report(
  AT,
  node("n1", { inlets: [inletAfter(2_000_000, 512)], outlets: [OUTLET], relays: [RELAY] }),
  node("n2", { status: "stopped", answers: false, failure: "it is not running" }),
  node("n3", { answers: false, failure: "Node n3 did not answer node.show within 2000 ms" }),
);
const BEFORE = report(AT - 2000, node("n1", { inlets: [INLET], outlets: [OUTLET], relays: [RELAY] }));

test("nodes with what they have: states, connections, bytes, rates, trips, ways and last failures", () => {
  expect(statusLines(ALL, BEFORE, SCREEN, HOW)).toEqual([
    "ockam status: 3 nodes, 1 up                                               q ends",
    "",
    "n1 (default)  UP for 2 h 5 min, process 7, 0 secure channels",
    "                       STATE  OPEN    SENT  A SECOND RECEIVED  A SECOND     TRIP",
    "  inlet db                UP     2 3.23 MB    1 MB/s  1.51 kB   256 B/s   1.5 ms",
    "    127.0.0.1:15432 → /node/n2/secure/api/service/outlet",
    "  outlet outlet                  2 1.23 MB     0 B/s    999 B     0 B/s",
    "    → 127.0.0.1:5432",
    "    ! 5 min ago: portal: the target refuses connections; is it running?",
    "  relay default         DOWN",
    "    → /node/relay",
    "    ! 10 s ago: 127.0.0.1:4000 refuses connections",
    "",
    "n2  DOWN it is not running",
    "",
    "n3  HANGS Node n3 did not answer node.show within 2000 ms",
  ]);
});

test("there are no rates at first, after a restart, and for what was made again meanwhile", () => {
  const without = "  inlet db                UP     2 1.23 MB              999 B             1.5 ms";
  const now = report(AT, node("n1", { inlets: [INLET] }));
  expect(row(now)).toBe(without);
  const restarted = node("n1", { inlets: [INLET], started_at: "2026-11-25T05:00:00Z" });
  expect(row(now, report(AT - 1000, restarted))).toBe(without);
  expect(row(now, report(AT - 1000, node("n1")))).toBe(without);
  expect(row(now, report(AT - 1000, node("n1", { inlets: [INLET], answers: false })))).toBe(without);
  expect(row(now, report(AT - 1000, node("n1", { inlets: [inletAfter(1, 1)] })))).toBe(without);
});

test("a screen that is too low gets a note of what is missing", () => {
  const lines = statusLines(ALL, BEFORE, { columns: 80, rows: 6 }, HOW);
  expect(lines.slice(4)).toEqual([
    "  inlet db                UP     2 3.23 MB    1 MB/s  1.51 kB   256 B/s   1.5 ms",
    "… 11 more lines: a higher window has room for them, or 'ockam status --once'",
  ]);
  expect(lines).toHaveLength(6);
  expect(statusLines(ALL, BEFORE, { columns: 80, rows: 1 }, HOW)).toHaveLength(1);
});

test("a narrow one has fewer columns, and no line is longer than it is wide", () => {
  expect(statusLines(ALL, BEFORE, { columns: 60, rows: 24 }, HOW).slice(3, 7)).toEqual([
    "                       STATE  OPEN    SENT RECEIVED     TRIP",
    "  inlet db                UP     2 3.23 MB  1.51 kB   1.5 ms",
    "    127.0.0.1:15432 → /node/n2/secure/api/service/outlet",
    "  outlet outlet                  2 1.23 MB    999 B",
  ]);
  expect(statusLines(ALL, BEFORE, { columns: 40, rows: 24 }, HOW).slice(0, 7)).toEqual([
    "ockam status: 3 nodes, 1 up       q ends",
    "",
    "n1 (default)  UP for 2 h 5 min, process…",
    "                             STATE  OPEN",
    "  inlet db                      UP     2",
    "    127.0.0.1:15432…e/api/service/outlet",
    "  outlet outlet                        2",
  ]);
  for (const columns of [1, 2, 5, 10, 20, 30, 50, 79, 200])
    for (const line of statusLines(ALL, BEFORE, { columns, rows: 99 }, HOW))
      expect(line.length, line).toBeLessThanOrEqual(columns);
});

test("long names are cut, and Kafka portals are there, too", () => {
  const inlets = [{ ...INLET, alias: "a-very-long-name-of-an-inlet" }];
  const lines = statusLines(
    report(AT, node("n1", { inlets, kafka_outlets: [KAFKA_OUTLET] })),
    undefined,
    SCREEN,
    HOW,
  );
  expect(lines[4]).toMatch(/^ {2}inlet a-very-long-n… {4}UP /);
  expect(lines.slice(6)).toEqual([
    "  kafka outlet kafka_…           2 1.23 MB              999 B",
    "    → 127.0.0.1:9092",
  ]);
});

test("without nodes it says how to make one; without a keyboard, how to end it; in ASCII, where there is nothing else", () => {
  const style = createStyle(false, glyphsOf({ LANG: "C" }));
  expect(statusLines(report(AT), undefined, SCREEN, { endKey: "Ctrl-C", style })).toEqual([
    "ockam status: 0 nodes, 0 up                                          Ctrl-C ends",
    "",
    "There are no nodes: 'ockam node create' makes one",
  ]);
  const lines = statusLines(ALL, BEFORE, { columns: 50, rows: 24 }, { endKey: "q", style });
  expect(lines.join("\n")).toMatch(/^[ -~\n]+$/);
});

test("a node of an older version shows what it tells, and nobody writes on the terminal", () => {
  const { traffic: _, ...inlet } = { ...INLET, last_failure: "\u001b[2Jno", last_failure_at: null };
  const old = node("n1", { inlets: [inlet as InletStatus] });
  expect(statusLines(report(AT, old), undefined, SCREEN, HOW).slice(4)).toEqual([
    "  inlet db                UP                                              1.5 ms",
    "    127.0.0.1:15432 → /node/n2/secure/api/service/outlet",
    "    ! \\u{1b}[2Jno",
  ]);
});

test("colours are around what is shown, and take no room", () => {
  const style = createStyle(true);
  const plain = statusLines(ALL, BEFORE, SCREEN, HOW);
  const coloured = statusLines(ALL, BEFORE, SCREEN, { endKey: "q", style });
  expect(coloured.join("\n")).toContain(style.down(" DOWN".padStart(6)));
  expect(coloured.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(plain);
});
