import type { LogThreshold } from "../process/log-level.ts";

/** An address as 0.150.0 prints it: transport type and the bytes of the name. */
export interface RawAddress {
  readonly tt: number;
  readonly inner: readonly number[];
}

/** What `node.show` tells of a node: with everything that it has when it runs. */
export interface NodeStatus {
  readonly name: string;
  readonly identity_name: string;
  readonly is_default: boolean;
  readonly status: "running" | "stopped";
  /** Absent when stopped. */
  readonly pid?: number;
  readonly route: {
    /** `/node/<name>` */
    readonly short: string;
    /** `/dnsaddr/localhost/tcp/<port>`; null without a TCP listener. */
    readonly verbose: string | null;
  };
  /** `ip:port` */
  readonly status_endpoint_address: string | null;
  readonly transports: readonly TransportStatus[];
  readonly secure_channel_listeners: readonly SecureChannelListenerStatus[];
  readonly inlets: readonly InletStatus[];
  readonly outlets: readonly OutletStatus[];
  readonly services: readonly ServiceStatus[];
  readonly relays: readonly RelayStatus[];
  readonly kafka_inlets: readonly KafkaInletStatus[];
  readonly kafka_outlets: readonly KafkaOutletStatus[];
  /** Secure channels that are open, from either end, of these and the next two lists the first 256; empty when stopped. */
  readonly secure_channels: readonly OpenChannelStatus[];
  /** TCP connections that are open, or are to be; empty when stopped. */
  readonly tcp_connections: readonly TransportStatus[];
  /** Relays that others have here; empty when stopped. */
  readonly hosted_relays: readonly HostedRelayStatus[];
  /** How many there are of those three. */
  readonly totals: {
    readonly secure_channels: number;
    readonly tcp_connections: number;
    readonly hosted_relays: number;
  };
  /** When it was started; null when stopped. ISO 8601, in UTC. */
  readonly started_at: string | null;
  /** What it logs: entries of this level and of more important ones. Null when stopped, and where `-v` decides. */
  readonly log_level: LogThreshold | null;
  /** Whom it trusts and what it presents; absent when stopped. */
  readonly trust?: TrustStatus;
}

/** Whom a node trusts to say something about others, and its own credential. */
export interface TrustStatus {
  /** Name of the project whose authority it is; null without one. */
  readonly project: string | null;
  /** `I` and 64 hex digits; null: it trusts nobody. */
  readonly authority: string | null;
  /** Where the authority is: a multiaddress; null when the node does not know. */
  readonly authority_route: string | null;
  /** The own credential of the node's identity; null when it is to have none. */
  readonly credential: CredentialStatus | null;
  /** Whether the authority answers at present, as far as the node knows; null where there is nobody to ask. */
  readonly authority_reachable: boolean | null;
  /** Whether the node hears at once of members that were removed or got other attributes; null without a route. */
  readonly membership_changes: "followed" | "not offered" | "not followed" | null;
  /** Why the last attempt to get a credential failed; null when it did not. */
  readonly last_failure: string | null;
}

/** An own credential. Times are seconds since 1970. */
export interface CredentialStatus {
  readonly scope: string;
  readonly status: "valid" | "missing";
  readonly created_at: number | null;
  readonly expires_at: number | null;
  /** When it will be renewed; null when it is not. */
  readonly renews_at: number | null;
  /** What it says, as far as that is text. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A service of a node. */
export interface ServiceStatus {
  readonly addr: string;
  readonly type: "uppercase" | "echo" | "hop" | "secure_channel_listener";
}

/** A TCP listener or connection of a node. */
export interface TransportStatus {
  readonly type: "Tcp";
  /** `Incoming` and `Outgoing` are connections. */
  readonly mode: "Listen" | "Incoming" | "Outgoing";
  /** `host:port`: of the listener itself, or of a connection's peer. */
  readonly socket_addr: string;
  /** The sender's worker id (`/worker/<id>` in a route), `<none>` for a listener. */
  readonly worker_addr: string;
  readonly processor_address: string;
  readonly flow_control_id: string;
}

/** A secure channel of a node, from either end. */
export interface SecureChannelStatus {
  /** `/service/<id>` */
  readonly address: string;
  /** The multiaddress that was asked for; null for a channel that a listener accepted. */
  readonly to: string | null;
  /** Where encrypted messages go: `0#… => 0#…`; null while it is being opened again. */
  readonly route: string | null;
  readonly role: "initiator" | "responder";
  readonly authorized_identifiers: readonly string[] | null;
  /** Null while it is being opened again. */
  readonly flow_control_id: string | null;
  readonly my_identifier: string;
  readonly their_identifier: string;
  /** Hex. */
  readonly their_change_history: string | null;
}

/** What went through a secure channel or a relay, in both directions. */
export interface MessageTrafficStatus {
  readonly messages_sent: number;
  /** Of payloads. */
  readonly bytes_sent: number;
  readonly messages_received: number;
  readonly bytes_received: number;
}

/** A secure channel that is open. */
export interface OpenChannelStatus {
  /** `/service/<id>` */
  readonly address: string;
  readonly role: "initiator" | "responder";
  /** `I` and 64 hex digits. */
  readonly their_identifier: string;
  /** Where encrypted messages go: `0#… => 0#…`. */
  readonly route: string;
  /** ISO 8601, in UTC. */
  readonly since: string;
  readonly traffic: MessageTrafficStatus;
}

/** A relay at this node, by which others reach its owner. */
export interface HostedRelayStatus {
  /** `/service/forward_to_<name>` */
  readonly address: string;
  /** Who has it: `I` and 64 hex digits; null for whoever came without a secure channel. */
  readonly owner: string | null;
  /** When it was registered, ISO 8601, in UTC. */
  readonly since: string;
  /** Messages that went to its owner, and the bytes of their payloads. What the owner answers takes a way of its own. */
  readonly messages: number;
  readonly bytes: number;
}

/** What went through a portal since the node was started. */
export interface TrafficStatus {
  readonly open_connections: number;
  /** With those that are open. */
  readonly connections: number;
  /** From applications at this end to the other one. */
  readonly bytes_sent: number;
  readonly bytes_received: number;
}

/** A listener for secure channels. */
export interface SecureChannelListenerStatus {
  readonly address: RawAddress;
  /** `/service/<name>` */
  readonly service: string;
  readonly flow_control_id: string;
  readonly is_key_exchange_only: boolean;
  readonly identifier: string;
  readonly authorized_identifiers: readonly string[] | null;
}

/** What became of an outlet's connections. */
export interface OutletUseStatus {
  readonly traffic: TrafficStatus;
  /** Who has connections at present, the first 256: `I` and 64 hex digits each. */
  readonly peer_identifiers: readonly string[];
  /** Why the latest connection that failed did so; null when none did. */
  readonly last_failure: string | null;
  /** When that was, ISO 8601, in UTC. */
  readonly last_failure_at: string | null;
}

/** A TCP outlet of a node. */
export interface OutletStatus extends OutletUseStatus {
  /** `host:port` */
  readonly to: string;
  readonly worker_addr: RawAddress;
  /** `/service/<name>` */
  readonly address: string;
  readonly tls: boolean;
  readonly payload: null;
  readonly privileged: false;
}

/** How the way to somewhere else has fared. Times are ISO 8601, in UTC. */
export interface SessionStatus {
  /** Since when it is Up, or Down. */
  readonly since: string;
  /** Why it is, or was last, Down, or what became of a connection since; null when nothing ever failed. */
  readonly last_failure: string | null;
  /** When that was. */
  readonly last_failure_at: string | null;
  /** How long the other end took to answer lately, ms; null while Down, and until it was asked. */
  readonly round_trip_ms: number | null;
}

export interface InletStatus extends SessionStatus {
  readonly alias: string;
  /** `host:port` that it listens on. */
  readonly bind_addr: string;
  /** The multiaddress of the outlet, `/node/…` resolved. */
  readonly outlet_addr: string;
  /** `0#… => 0#outlet` while Up. */
  readonly outlet_route: string | null;
  readonly status: "Up" | "Down";
  /** Id of the worker through which its messages leave, while Up. */
  readonly worker_addr: string | null;
  /** Who is at the other end: `I` and 64 hex digits; null while Down, and without a secure channel. */
  readonly peer_identifier: string | null;
  readonly traffic: TrafficStatus;
  readonly payload: null;
  readonly privileged: false;
}

export interface KafkaInletStatus extends SessionStatus {
  readonly name: string;
  /** `host:port` that clients connect to first. */
  readonly from: string;
  /** `<first>-<last>`. */
  readonly brokers_port_range: string;
  /** What clients are told to connect to. */
  readonly advertised_host: string;
  /** Where the outlet's node is: a multiaddress, `/node/…` resolved. */
  readonly to: string;
  readonly outlet_prefix: string;
  readonly status: "Up" | "Down";
  /** `host:port` of each broker that has a port here, by its id. */
  readonly brokers: Readonly<Record<string, string>>;
  /** Connections of clients at present. */
  readonly connections: number;
  /** Who is at the other end: `I` and 64 hex digits; null while Down, and without a secure channel. */
  readonly peer_identifier: string | null;
  readonly traffic: TrafficStatus;
  /** Whether records are encrypted. */
  readonly content_encryption: boolean;
  /** Empty: whole values. */
  readonly encrypted_fields: readonly string[];
  /** How many records clients did not get as they should have, since the node was started: nobody sealed them, or nobody can open them. */
  readonly undelivered_records: number;
  /** Which ones, and why, of the latest. */
  readonly undelivered_reason: string | null;
  /** Names of the relays by which this node's consumers are found. */
  readonly published: readonly string[];
  /** What its owner had better know; only of one that was just created or deleted. */
  readonly warning?: string | null;
}

/** A Kafka outlet of a node. */
export interface KafkaOutletStatus extends OutletUseStatus {
  readonly name: string;
  /** `host:port`. */
  readonly bootstrap_server: string;
  readonly tls: boolean;
  readonly prefix: string;
  /** `/service/<prefix>_interceptor`. */
  readonly address: string;
  /** `host:port` of each broker that it leads to, by its id. */
  readonly brokers: Readonly<Record<string, string>>;
  /** Connections to brokers at present. */
  readonly connections: number;
  /** What its owner had better know; only of one that was just created. */
  readonly warning?: string | null;
}

export interface RelayStatus extends SessionStatus {
  readonly name: string;
  /** Where the node that hosts it is: a multiaddress, `/node/…` resolved. */
  readonly destination_address: string;
  readonly connection_status: "Up" | "Down";
  /** `0#… => 0#forward_to_<name>` while Up. */
  readonly forwarding_route: string | null;
  /** `forward_to_<name>` while Up. */
  readonly remote_address: string | null;
  /** `0#…`, the worker that registered it, while Up. */
  readonly worker_address: string | null;
  /** Of the connection by which it is registered, while Up. */
  readonly flow_control_id: string | null;
  /** Who hosts it: `I` and 64 hex digits; null while Down, and without a secure channel. */
  readonly peer_identifier: string | null;
  /** What went through the secure channel by which it is registered; null while Down, and without one. */
  readonly traffic: MessageTrafficStatus | null;
}

/** A policy of a node. */
export interface PolicyStatus {
  /** The name of a type of resources, or of resources themselves. */
  readonly resource: string;
  readonly action: string;
  /** In full form. */
  readonly expression: string;
  /** What its author had better know; only of one that was just set. */
  readonly warning?: string | null;
}
