import type {
  CredentialStatus,
  InletStatus,
  KafkaInletStatus,
  KafkaOutletStatus,
  NodeStatus,
  OpenChannelStatus,
  OutletUseStatus,
  RelayStatus,
  SessionStatus,
  TrafficStatus,
  TrustStatus,
} from "@ockam/node";

import { escaped } from "../escaped.ts";
import type { Style } from "../style.ts";
import { bytesText, countText, spanText } from "./quantity.ts";
import { messageTrafficText, trafficText } from "./traffic.ts";
import { glued, type Piece, type TreeItem } from "./tree.ts";

/** How many peers, connections and relays of others are drawn; the JSON has them all. */
export const MAX_DRAWN = 10;

/** How many digits of an identifier tell who it is. */
const IDENTIFIER_DIGITS = 12;

/** What members that a node of an older version does not tell are like. */
type Told<T> = Partial<T>;

/** What belongs to a node, as the items of a tree. `now`: ms since 1970. */
export function nodeItems(node: NodeStatus, style: Style, now: number): readonly TreeItem[] {
  const draw = new Drawing(style, now);
  const { name } = style;
  const own = (key: string, value: readonly Piece[] | undefined): readonly TreeItem[] =>
    value === undefined ? [] : [{ key: { text: key, paint: style.dim }, value }];
  const { log_level: level, route, services, status_endpoint_address: endpoint, totals, trust } = node;
  return [
    ...own("identity", [{ text: node.identity_name, paint: name }]),
    ...own("route", [
      { text: route.short, paint: name },
      ...(route.verbose === null ? [] : [{ text: route.verbose, paint: name }]),
    ]),
    ...own("status", endpoint === null ? undefined : [{ text: `http://${endpoint}/show`, paint: name }]),
    ...own("log", level === null ? undefined : [{ text: level }]),
    ...own("services", services.length === 0 ? undefined : [{ text: services.map(serviceText).join(", ") }]),
    ...section("listeners", [
      ...node.transports.map((one) => draw.pair("TCP", one.socket_addr)),
      ...node.secure_channel_listeners.map((one) => draw.pair("secure channel", one.service)),
    ]),
    ...section(
      "inlets",
      node.inlets.map((one) => draw.inlet(one)),
    ),
    ...section(
      "outlets",
      node.outlets.map((one) => draw.outlet(one.address, one.tls ? `tls://${one.to}` : one.to, one)),
    ),
    ...section(
      "Kafka inlets",
      node.kafka_inlets.map((one) => draw.kafkaInlet(one)),
    ),
    ...section(
      "Kafka outlets",
      node.kafka_outlets.map((one) => draw.kafkaOutlet(one)),
    ),
    ...section(
      "relays",
      node.relays.map((one) => draw.relay(one)),
    ),
    ...section(
      "relays of others",
      draw.bounded(node.hosted_relays, totals.hosted_relays, (one) => draw.hostedRelay(one)),
    ),
    ...section("peers", draw.peers(node.secure_channels)),
    ...section(
      "TCP connections",
      draw.bounded(node.tcp_connections, totals.tcp_connections, (one) =>
        draw.pair(one.mode === "Incoming" ? "from" : "to", one.socket_addr),
      ),
    ),
    ...section("trust", trust === undefined ? [] : draw.trust(trust)),
  ];
}

function section(key: string, items: readonly TreeItem[]): readonly TreeItem[] {
  return items.length === 0 ? [] : [{ key: { text: key }, items }];
}

/** `I0123456789ab…`: enough to tell people apart. */
export function shortIdentifier(identifier: string, { glyphs }: Pick<Style, "glyphs">): string {
  const length = 1 + IDENTIFIER_DIGITS;
  return identifier.length <= length ? identifier : identifier.slice(0, length) + glyphs.ellipsis;
}

function serviceText({ addr, type }: NodeStatus["services"][number]): string {
  return addr === type ? addr : `${addr} (${type})`;
}

/** The parts of the tree, in one style and as of one moment. */
class Drawing {
  readonly #style: Style;
  readonly #now: number;

  constructor(style: Style, now: number) {
    this.#style = style;
    this.#now = now;
  }

  pair(key: string, value: string): TreeItem {
    return { key: { text: key }, value: [this.#name(value)] };
  }

  /** `total`: how many there are, of whom `listed` may be the first ones only. */
  bounded<T>(listed: readonly T[], total: number, item: (one: T) => TreeItem): readonly TreeItem[] {
    const items = listed.slice(0, MAX_DRAWN).map(item);
    const more = Math.max(total, listed.length) - items.length;
    return more > 0 ? [...items, { key: { text: `and ${more} more`, paint: this.#style.dim } }] : items;
  }

  inlet(inlet: InletStatus): TreeItem {
    return {
      key: this.#name(inlet.alias),
      value: [this.#state(inlet.status), ...this.#way(inlet.bind_addr, inlet.outlet_addr)],
      items: [
        ...this.#traffic(inlet),
        ...this.#peers(inlet.peer_identifier),
        ...this.#path(inlet.outlet_route),
        ...this.#failure(inlet),
      ],
    };
  }

  outlet(address: string, to: string, outlet: Told<OutletUseStatus>): TreeItem {
    return {
      key: this.#name(address),
      value: this.#way("", to),
      items: [
        ...this.#traffic(outlet),
        ...this.#peers(...(outlet.peer_identifiers ?? [])),
        ...this.#failure(outlet),
      ],
    };
  }

  kafkaInlet(inlet: KafkaInletStatus): TreeItem {
    const { undelivered_reason: reason, undelivered_records: undelivered } = inlet;
    const fields = inlet.encrypted_fields.length === 0 ? "whole values" : inlet.encrypted_fields.join(", ");
    return {
      key: this.#name(inlet.name),
      value: [this.#state(inlet.status), ...this.#way(inlet.from, inlet.to)],
      items: [
        ...this.#traffic(inlet),
        ...this.#peers(inlet.peer_identifier),
        ...this.#note("encrypts", inlet.content_encryption ? fields : "nothing"),
        ...this.#brokers(inlet.brokers),
        ...(inlet.published.length === 0 ? [] : this.#note("published", inlet.published.join(", "))),
        ...(undelivered > 0
          ? this.#note("undelivered", `${countText(undelivered, "record")}: ${reason ?? "unknown"}`)
          : []),
        ...this.#failure(inlet),
      ],
    };
  }

  kafkaOutlet(outlet: KafkaOutletStatus): TreeItem {
    const to = `${outlet.tls ? "tls" : "tcp"}://${outlet.bootstrap_server}`;
    const item = this.outlet(outlet.name, to, outlet);
    return { ...item, items: [...this.#brokers(outlet.brokers), ...(item.items ?? [])] };
  }

  relay(relay: RelayStatus): TreeItem {
    const { remote_address: address, traffic } = relay;
    return {
      key: this.#name(relay.name),
      value: [
        this.#state(relay.connection_status),
        ...(address === null ? [] : [{ text: address }]),
        { text: "at" },
        this.#name(relay.destination_address),
      ],
      items: [
        ...this.#note("traffic", [...messageTrafficText(traffic), ...tripText(relay)].join(", ")),
        ...this.#peers(relay.peer_identifier),
        ...this.#failure(relay),
      ],
    };
  }

  hostedRelay({ address, bytes, messages, owner, since }: NodeStatus["hosted_relays"][number]): TreeItem {
    const whose = owner === null ? "nobody known" : shortIdentifier(owner, this.#style);
    const text = `of ${whose}, ${this.#since(since)}, ${glued(countText(messages, "message"))}, ${glued(bytesText(bytes))}`;
    return { key: this.#name(address), value: [{ text }] };
  }

  /** One item for each peer, the one with most traffic first. */
  peers(channels: readonly OpenChannelStatus[]): readonly TreeItem[] {
    const byPeer = new Map<string, OpenChannelStatus[]>();
    for (const channel of channels) {
      const { their_identifier: peer } = channel;
      byPeer.set(peer, [...(byPeer.get(peer) ?? []), channel]);
    }
    const peers = Array.from(byPeer, ([peer, own]) => ({
      peer,
      opened: own.filter(({ role }) => role === "initiator").length,
      accepted: own.filter(({ role }) => role === "responder").length,
      since: own.map(({ since }) => since).toSorted()[0]!,
      sent: sum(own, ({ traffic }) => traffic.bytes_sent),
      received: sum(own, ({ traffic }) => traffic.bytes_received),
    }));
    peers.sort((a, b) => b.sent + b.received - a.sent - a.received);
    return this.bounded(peers, peers.length, ({ accepted, opened, peer, received, sent, since }) => ({
      key: this.#name(shortIdentifier(peer, this.#style)),
      value: [
        {
          text: [
            ...(opened > 0 ? [`${countText(opened, "channel")} opened`] : []),
            ...(accepted > 0 ? [`${countText(accepted, "channel")} accepted`] : []),
            this.#since(since),
            `${glued(bytesText(sent))} sent`,
            `${glued(bytesText(received))} received`,
          ].join(", "),
        },
      ],
    }));
  }

  trust(trust: TrustStatus): readonly TreeItem[] {
    const { authority, authority_reachable: isReachable, authority_route: route, project } = trust;
    if (authority === null) return [];
    const reach = isReachable === null ? [] : [this.#mark(isReachable, "REACHABLE", "NOT REACHABLE")];
    return [
      {
        key: { text: "authority" },
        value: [
          ...reach,
          this.#name(shortIdentifier(authority, this.#style)),
          ...(project === null ? [] : [{ text: "of the project" }, this.#name(project)]),
        ],
        items: route === null ? [] : [{ key: { text: "at" }, value: [this.#name(route)] }],
      },
      ...(trust.credential === null ? [] : [this.#credential(trust.credential)]),
      ...(trust.last_failure === null ? [] : this.#note("failed", trust.last_failure)),
    ];
  }

  #credential({ attributes, expires_at: ends, renews_at: renews, status }: CredentialStatus): TreeItem {
    const isValid = status === "valid";
    const until = isValid && ends !== null ? ` until ${secondText(ends)}` : "";
    const renewal = isValid && renews !== null ? `, renewed at ${secondText(renews)}` : "";
    const said = Object.entries(attributes).map(([name, value]) => escaped(`${name}=${value}`));
    return {
      key: { text: "credential" },
      value: [
        this.#mark(isValid, "VALID", "MISSING"),
        ...(until + renewal === "" ? [] : [{ text: `${until}${renewal}`.trim() }]),
      ],
      items: said.length === 0 ? [] : [{ key: { text: "says" }, value: [{ text: said.join(", ") }] }],
    };
  }

  /** `from → to` */
  #way(from: string, to: string): readonly Piece[] {
    const { dim, glyphs } = this.#style;
    return [...(from === "" ? [] : [this.#name(from)]), { text: glyphs.arrow, paint: dim }, this.#name(to)];
  }

  #traffic(portal: { readonly traffic?: TrafficStatus } & Told<SessionStatus>): readonly TreeItem[] {
    return this.#note("traffic", [...trafficText(portal.traffic), ...tripText(portal)].join(", "));
  }

  #peers(...peers: readonly (string | null | undefined)[]): readonly TreeItem[] {
    const known = peers.filter((peer) => typeof peer === "string");
    if (known.length === 0) return [];
    const text = known
      .slice(0, MAX_DRAWN)
      .map((peer) => shortIdentifier(peer, this.#style))
      .join(", ");
    const more = known.length - MAX_DRAWN;
    return this.#note(known.length === 1 ? "peer" : "peers", more > 0 ? `${text} and ${more} more` : text);
  }

  #path(route: string | null): readonly TreeItem[] {
    return route === null ? [] : this.#note("path", route.replaceAll("=>", this.#style.glyphs.arrow));
  }

  #brokers(brokers: Readonly<Record<string, string>>): readonly TreeItem[] {
    const known = Object.entries(brokers).map(([id, address]) => `${id} at ${address}`);
    return known.length === 0 ? [] : this.#note("brokers", known.join(", "));
  }

  #failure({ last_failure: failure, last_failure_at: at }: Told<SessionStatus>): readonly TreeItem[] {
    if (failure === undefined || failure === null) return [];
    const when =
      at === undefined || at === null ? "" : `${glued(`${spanText(this.#now - Date.parse(at))} ago:`)} `;
    return [
      {
        key: { text: "failed", paint: this.#style.down },
        value: [{ text: when + escaped(failure) }],
      },
    ];
  }

  #note(key: string, text: string): readonly TreeItem[] {
    if (text === "") return [];
    return [{ key: { text: key, paint: this.#style.dim }, value: [{ text: escaped(text) }] }];
  }

  #since(time: string): string {
    return `for ${glued(spanText(this.#now - Date.parse(time)))}`;
  }

  #state(status: "Up" | "Down"): Piece {
    return this.#mark(status === "Up", "UP", "DOWN");
  }

  #mark(isGood: boolean, good: string, bad: string): Piece {
    return isGood ? { text: good, paint: this.#style.up } : { text: bad, paint: this.#style.down };
  }

  #name(text: string): Piece {
    return { text: escaped(text), paint: this.#style.name };
  }
}

function tripText({ round_trip_ms: trip }: Told<SessionStatus>): readonly string[] {
  return trip === undefined || trip === null ? [] : [`answers within ${glued(`${trip} ms`)}`];
}

function secondText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

function sum<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((total, one) => total + value(one), 0);
}
