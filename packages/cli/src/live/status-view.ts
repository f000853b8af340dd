import type {
  KafkaInletStatus,
  KafkaOutletStatus,
  NodeStatus,
  RelayStatus,
  SessionStatus,
  TrafficStatus,
} from "@ockam/node";

import { escaped } from "../escaped.ts";
import { bytesText, countText, spanText } from "../render/quantity.ts";
import type { NodeReport } from "../show-node.ts";
import type { Style } from "../style.ts";
import type { ScreenSize } from "./screen.ts";

/** What was seen of the nodes at one moment. */
export interface StatusReport {
  /** ms since 1970 */
  readonly at: number;
  readonly nodes: readonly NodeReport[];
}

/** Something of a node that has a row. */
interface Item {
  readonly kind: string;
  readonly name: string;
  /** Undefined for what has no way of its own that could be Down. */
  readonly isUp: boolean | undefined;
  readonly from: string;
  readonly to: string;
  readonly open: number | undefined;
  /** Bytes so far; undefined where nobody counts them. */
  readonly sent: number | undefined;
  readonly received: number | undefined;
  readonly session: Partial<SessionStatus>;
}

interface Column {
  readonly title: string;
  readonly width: number;
}

const STATE: Column = { title: "STATE", width: 5 };
const OPEN: Column = { title: "OPEN", width: 5 };
const SENT: Column = { title: "SENT", width: 7 };
const RECEIVED: Column = { title: "RECEIVED", width: 8 };
const RATE: Column = { title: "A SECOND", width: 9 };
const TRIP: Column = { title: "TRIP", width: 8 };

/** From wide screens to narrow ones. */
const LAYOUTS: readonly (readonly Column[])[] = [
  [STATE, OPEN, SENT, RATE, RECEIVED, RATE, TRIP],
  [STATE, OPEN, SENT, RECEIVED, TRIP],
  [STATE, OPEN],
];
const GAP = 1;
/** How wide names are at least, for a layout to be taken. */
const NAME_WIDTH = 18;

/**
 * Draws the nodes with their inlets, outlets and relays: states, connections, bytes and rates, round trips, ways and
 * last failures. `previous` is an earlier report, for the rates. What the screen has no room for is cut, with a note.
 */
export function statusLines(
  report: StatusReport,
  previous: StatusReport | undefined,
  size: ScreenSize,
  { endKey, style }: { readonly endKey: string; readonly style: Style },
): readonly string[] {
  const table = new Table(report, previous, size.columns, style);
  const lines = [table.title(endKey), ...table.rows()];
  if (lines.length <= size.rows) return lines;
  const shown = lines.slice(0, Math.max(0, size.rows - 1));
  const left = lines.length - shown.length;
  return [
    ...shown,
    table.note(
      `${countText(left, "more line")}: a higher window has room for them, or 'ockam status --once'`,
    ),
  ];
}

class Table {
  readonly #report: StatusReport;
  readonly #previous: StatusReport | undefined;
  readonly #width: number;
  readonly #style: Style;
  readonly #columns: readonly Column[];
  readonly #nameWidth: number;

  constructor(report: StatusReport, previous: StatusReport | undefined, width: number, style: Style) {
    this.#report = report;
    this.#previous = previous;
    this.#width = width;
    this.#style = style;
    this.#columns = LAYOUTS.find((columns) => width - widthOf(columns) >= NAME_WIDTH) ?? [];
    this.#nameWidth = Math.max(0, width - widthOf(this.#columns));
  }

  title(endKey: string): string {
    const { nodes } = this.#report;
    const up = nodes.filter(({ answers }) => answers).length;
    const end = `${endKey} ends`;
    const text = `ockam status: ${countText(nodes.length, "node")}, ${up} up`;
    const room = this.#width - end.length - GAP;
    return this.#cut(room < 0 ? end : `${this.#fitted(text, room)} ${end}`, this.#style.dim);
  }

  note(text: string): string {
    return this.#cut(`${this.#style.glyphs.ellipsis} ${text}`, this.#style.dim);
  }

  rows(): readonly string[] {
    const { nodes } = this.#report;
    if (nodes.length === 0) return ["", this.#cut("There are no nodes: 'ockam node create' makes one")];
    return nodes.flatMap((node) => ["", ...this.#node(node)]);
  }

  #node(node: NodeReport): readonly string[] {
    const items = itemsOf(node);
    const before = this.#before(node);
    return [
      this.#nodeLine(node),
      ...(items.length === 0 ? [] : [this.#heading()]),
      ...items.flatMap((item) => this.#item(item, before)),
    ];
  }

  #nodeLine(node: NodeReport): string {
    const { down, name, up } = this.#style;
    const title = node.is_default ? `${node.name} (default)` : node.name;
    const state = node.answers ? "UP" : node.status === "running" ? "HANGS" : "DOWN";
    const details = node.answers
      ? [
          ...(node.started_at === null
            ? []
            : [`for ${spanText(this.#report.at - Date.parse(node.started_at))}`]),
          ...(node.pid === undefined ? [] : [`process ${node.pid}`]),
          countText(node.totals.secure_channels, "secure channel"),
        ]
      : [node.failure ?? "it is not running"];
    return this.#line([
      [title, name],
      [`  ${state} `, node.answers ? up : down],
      [escaped(details.join(", ")), undefined],
    ]);
  }

  #heading(): string {
    const titles = this.#columns.map(({ title, width }) => " ".repeat(GAP) + title.padStart(width));
    return this.#cut(" ".repeat(this.#nameWidth) + titles.join(""), this.#style.dim);
  }

  /** A row of numbers, where it leads, and what failed last. */
  #item(item: Item, before: BytesBefore | undefined): readonly string[] {
    const { dim, down, glyphs, name, up } = this.#style;
    const { from, isUp, session, to } = item;
    const cells = new Map<Column, string[]>([
      [STATE, [isUp === undefined ? "" : isUp ? "UP" : "DOWN"]],
      [OPEN, [item.open === undefined ? "" : String(item.open)]],
      [SENT, [bytesCell(item.sent)]],
      [RECEIVED, [bytesCell(item.received)]],
      [RATE, [...this.#rates(item, before)]],
      [TRIP, [typeof session.round_trip_ms === "number" ? `${session.round_trip_ms} ms` : ""]],
    ]);
    const parts: Part[] = [[this.#fitted(`  ${item.kind} ${item.name}`, this.#nameWidth), name]];
    for (const column of this.#columns) {
      const text = " ".repeat(GAP) + (cells.get(column)?.shift() ?? "").padStart(column.width);
      parts.push([text, column !== STATE ? undefined : isUp === true ? up : down]);
    }
    const way = [from, glyphs.arrow, to].filter((part) => part !== "").join(" ");
    const { last_failure: failure, last_failure_at: at } = session;
    const when = at === undefined || at === null ? "" : `${spanText(this.#report.at - Date.parse(at))} ago: `;
    return [
      this.#line(parts),
      painted(this.#withEnd(`    ${escaped(way)}`), dim),
      ...(failure === undefined || failure === null
        ? []
        : [this.#cut(`    ! ${when}${escaped(failure)}`, isUp === true ? dim : down)]),
    ];
  }

  /** Bytes a second, sent and received; empty as long as they are not known. */
  #rates(item: Item, before: BytesBefore | undefined): readonly string[] {
    const earlier = before?.items.get(keyOf(item));
    return [
      [item.sent, earlier?.sent],
      [item.received, earlier?.received],
    ].map(([now, then]) => {
      // Fewer than before: it was deleted and made again.
      if (before === undefined || now === undefined || then === undefined || now < then) return "";
      return `${bytesText((now - then) / before.seconds)}/s`;
    });
  }

  /** What the same process of the node told one look earlier. */
  #before({ name, started_at: startedAt }: NodeReport): BytesBefore | undefined {
    const seconds = (this.#report.at - (this.#previous?.at ?? this.#report.at)) / 1000;
    const node = this.#previous?.nodes.find(
      (other) => other.name === name && other.answers && other.started_at === startedAt,
    );
    if (node === undefined || seconds <= 0) return undefined;
    return { seconds, items: new Map(itemsOf(node).map((item) => [keyOf(item), item])) };
  }

  /** Parts beside each other, cut at the edge. */
  #line(parts: readonly Part[]): string {
    let room = this.#width;
    let line = "";
    for (const [text, paint] of parts) {
      const shown = this.#fitted(text, Math.min(text.length, room));
      line += painted(shown, paint);
      room -= shown.length;
    }
    return line.trimEnd();
  }

  #cut(text: string, paint?: (text: string) => string): string {
    return painted(this.#fitted(text, Math.min(this.#width, text.length)), paint);
  }

  /** The text on one line: of one that is too long the beginning and the end, which tells what a way leads to. */
  #withEnd(text: string): string {
    const { ellipsis } = this.#style.glyphs;
    if (text.length <= this.#width || this.#width <= 2 * ellipsis.length) return this.#cut(text);
    const head = Math.floor((this.#width - ellipsis.length) / 2);
    const tail = this.#width - ellipsis.length - head;
    return text.slice(0, head) + ellipsis + text.slice(-tail);
  }

  /** The text in exactly so many columns. */
  #fitted(text: string, width: number): string {
    if (text.length <= width) return text.padEnd(width);
    const { ellipsis } = this.#style.glyphs;
    return width <= ellipsis.length
      ? text.slice(0, width)
      : text.slice(0, width - ellipsis.length) + ellipsis;
  }
}

type Part = readonly [text: string, paint: ((text: string) => string) | undefined];

interface BytesBefore {
  readonly seconds: number;
  readonly items: ReadonlyMap<string, Item>;
}

function painted(text: string, paint: ((text: string) => string) | undefined): string {
  return paint === undefined || text.trim() === "" ? text : paint(text);
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + GAP + width, 0);
}

function bytesCell(bytes: number | undefined): string {
  return bytes === undefined ? "" : bytesText(bytes);
}

function keyOf({ kind, name }: Item): string {
  return `${kind} ${name}`;
}

function itemsOf(node: NodeStatus): readonly Item[] {
  return [
    ...node.inlets.map((one) =>
      portalItem("inlet", one.alias, {
        ...one,
        isUp: one.status === "Up",
        from: one.bind_addr,
        to: one.outlet_addr,
      }),
    ),
    ...node.outlets.map((one) =>
      portalItem("outlet", one.address.replace(/^\/service\//, ""), {
        ...one,
        isUp: undefined,
        from: "",
        to: one.to,
      }),
    ),
    ...node.kafka_inlets.map((one: KafkaInletStatus) =>
      portalItem("kafka inlet", one.name, { ...one, isUp: one.status === "Up" }),
    ),
    ...node.kafka_outlets.map((one: KafkaOutletStatus) =>
      portalItem("kafka outlet", one.name, { ...one, isUp: undefined, from: "", to: one.bootstrap_server }),
    ),
    ...node.relays.map(relayItem),
  ];
}

function portalItem(
  kind: string,
  name: string,
  portal: Pick<Item, "isUp" | "from" | "to"> &
    Partial<SessionStatus> & { readonly traffic: TrafficStatus | undefined },
): Item {
  const { from, isUp, to, traffic } = portal;
  return {
    kind,
    name,
    isUp,
    from,
    to,
    // A node of an older version counts nothing.
    open: traffic?.open_connections,
    sent: traffic?.bytes_sent,
    received: traffic?.bytes_received,
    session: portal,
  };
}

function relayItem(relay: RelayStatus): Item {
  return {
    kind: "relay",
    name: relay.name,
    isUp: relay.connection_status === "Up",
    from: relay.remote_address ?? "",
    to: relay.destination_address,
    open: undefined,
    sent: relay.traffic?.bytes_sent,
    received: relay.traffic?.bytes_received,
    session: relay,
  };
}
