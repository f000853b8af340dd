import type {
  InletStatus,
  KafkaInletStatus,
  KafkaOutletStatus,
  NodeStatus,
  OutletStatus,
  PolicyStatus,
  RelayStatus,
  SecureChannelListenerStatus,
  SecureChannelStatus,
  ServiceStatus,
  TransportStatus,
} from "../status/node-status.ts";
import type { LogThreshold } from "../process/log-level.ts";
import type { ResourceKind } from "../state/resource-registry.ts";

/**
 * What a command and a running node say to each other. One map, {@link ControlApi}, gives for every method the shape
 * of its parameters and of its result; `NodeClient.call` and `OckamNode.call` are typed by it. On the wire a call is
 * `POST /<method>` with JSON over the node's Unix socket, docs/node.md.
 *
 * Parameters use camelCase, milliseconds and text forms: routes are multiaddresses, identifiers `I` + 64 hex digits,
 * bytes hex. `/node/<name>` in a route is resolved by the node. Results that end in `Status` have the very keys that
 * `ockam --output json` prints.
 */
export interface ControlApi {
  /** Everything about the node. */
  readonly "node.show": { readonly params: NoParams; readonly result: NodeStatus };
  /** Sets what the node logs from now on, until it ends. @throws OCKAM_NODE_LOG_LEVEL_FIXED */
  readonly "node.set-log-level": {
    readonly params: { readonly level: LogThreshold };
    readonly result: { readonly level: LogThreshold; readonly before: LogThreshold };
  };
  /** Ends the process after this reply, as SIGTERM does. */
  readonly "node.stop": { readonly params: NoParams; readonly result: NoResult };

  /**
   * What the node was told to have and brings back after a restart, with the parameters of each thing's `create`
   * method and the choices that the node made.
   */
  readonly "resource.list": { readonly params: NoParams; readonly result: readonly StoredResource[] };

  /** Primary addresses of all workers. */
  readonly "worker.list": { readonly params: NoParams; readonly result: readonly string[] };
  readonly "service.list": { readonly params: NoParams; readonly result: readonly ServiceStatus[] };
  /** @throws OCKAM_NODE_ADDRESS_IN_USE */
  readonly "service.start": {
    readonly params: { readonly type: "hop"; readonly address?: string };
    readonly result: ServiceStatus;
  };
  /** Makes the worker at the end of `address` reachable for the producers of a flow control. */
  readonly "flow-control.add-consumer": {
    readonly params: { readonly flowControlId: string; readonly address: string };
    readonly result: NoResult;
  };

  /**
   * Sends bytes along a route and waits for the reply. The connection and the channels that the route asks for are
   * closed afterwards. @throws OCKAM_NODE_UNANSWERED, and the failures of {@link SecureChannelCreateParams.to}
   */
  readonly "message.send": {
    readonly params: MessageSendParams;
    readonly result: { readonly payload: string /* hex */ };
  };

  readonly "secure-channel.create": {
    readonly params: SecureChannelCreateParams;
    readonly result: SecureChannelStatus;
  };
  readonly "secure-channel.list": {
    readonly params: NoParams;
    readonly result: readonly SecureChannelStatus[];
  };
  /** `address`: `/service/<id>` or `<id>`. @throws OCKAM_NODE_SECURE_CHANNEL_NOT_FOUND */
  readonly "secure-channel.show": {
    readonly params: { readonly address: string };
    readonly result: SecureChannelStatus;
  };
  /** Who answers there: opens a channel, reports it and closes it. */
  readonly "secure-channel.probe": {
    readonly params: SecureChannelCreateParams;
    readonly result: SecureChannelStatus;
  };
  /** @throws OCKAM_NODE_SECURE_CHANNEL_NOT_FOUND */
  readonly "secure-channel.delete": {
    readonly params: { readonly address: string };
    readonly result: SecureChannelStatus;
  };

  /** @throws OCKAM_NODE_ADDRESS_IN_USE */
  readonly "secure-channel-listener.create": {
    readonly params: {
      readonly address: string;
      /** Who may connect; anyone when absent or empty. */
      readonly authorized?: readonly string[];
      /** Name of an identity; the node's own by default. */
      readonly identity?: string;
    };
    readonly result: SecureChannelListenerStatus;
  };
  readonly "secure-channel-listener.list": {
    readonly params: NoParams;
    readonly result: readonly SecureChannelListenerStatus[];
  };
  /** @throws OCKAM_NODE_SECURE_CHANNEL_LISTENER_NOT_FOUND */
  readonly "secure-channel-listener.show": {
    readonly params: { readonly address: string };
    readonly result: SecureChannelListenerStatus;
  };
  /** Its channels stay. @throws OCKAM_NODE_SECURE_CHANNEL_LISTENER_NOT_FOUND */
  readonly "secure-channel-listener.delete": {
    readonly params: { readonly address: string };
    readonly result: SecureChannelListenerStatus;
  };

  /** `to`: `host:port`. */
  readonly "tcp-connection.create": {
    readonly params: { readonly to: string; readonly timeout?: number };
    readonly result: TransportStatus;
  };
  readonly "tcp-connection.list": {
    readonly params: NoParams;
    readonly result: readonly TransportStatus[];
  };
  /** `address`: the socket address, the worker's id, or `/worker/<id>`. @throws OCKAM_NODE_TCP_CONNECTION_NOT_FOUND */
  readonly "tcp-connection.show": {
    readonly params: { readonly address: string };
    readonly result: TransportStatus;
  };
  /** @throws OCKAM_NODE_TCP_CONNECTION_NOT_FOUND */
  readonly "tcp-connection.delete": {
    readonly params: { readonly address: string };
    readonly result: TransportStatus;
  };

  /** `address`: `host:port`. Nothing is exposed on a listener made this way until consumers are added. */
  readonly "tcp-listener.create": {
    readonly params: { readonly address: string };
    readonly result: TransportStatus;
  };
  readonly "tcp-listener.list": {
    readonly params: NoParams;
    readonly result: readonly TransportStatus[];
  };
  /** @throws OCKAM_NODE_TCP_LISTENER_NOT_FOUND */
  readonly "tcp-listener.show": {
    readonly params: { readonly address: string };
    readonly result: TransportStatus;
  };
  /** @throws OCKAM_NODE_TCP_LISTENER_NOT_FOUND */
  readonly "tcp-listener.delete": {
    readonly params: { readonly address: string };
    readonly result: TransportStatus;
  };

  /** @throws OCKAM_NODE_ADDRESS_IN_USE, OCKAM_NODE_INVALID_POLICY */
  readonly "tcp-outlet.create": {
    readonly params: TcpOutletCreateParams;
    readonly result: OutletStatus;
  };
  readonly "tcp-outlet.list": {
    readonly params: NoParams;
    readonly result: readonly OutletStatus[];
  };
  /** `name`: the service address. @throws OCKAM_NODE_TCP_OUTLET_NOT_FOUND */
  readonly "tcp-outlet.show": {
    readonly params: { readonly name: string };
    readonly result: OutletStatus;
  };
  /** @throws OCKAM_NODE_TCP_OUTLET_NOT_FOUND */
  readonly "tcp-outlet.delete": {
    readonly params: { readonly name: string };
    readonly result: OutletStatus;
  };

  /**
   * Resolves once the inlet listens, and is connected or `connectionWait` has passed: an inlet whose other side is
   * not there yet is `Down`, not an error. @throws OCKAM_NODE_TCP_INLET_EXISTS, OCKAM_NODE_PORT_IN_USE
   */
  readonly "tcp-inlet.create": {
    readonly params: TcpInletCreateParams;
    readonly result: InletStatus;
  };
  readonly "tcp-inlet.list": {
    readonly params: NoParams;
    readonly result: readonly InletStatus[];
  };
  /** @throws OCKAM_NODE_TCP_INLET_NOT_FOUND */
  readonly "tcp-inlet.show": {
    readonly params: { readonly name: string };
    readonly result: InletStatus;
  };
  /** @throws OCKAM_NODE_TCP_INLET_NOT_FOUND */
  readonly "tcp-inlet.delete": {
    readonly params: { readonly name: string };
    readonly result: InletStatus;
  };

  /**
   * Resolves once the relay is registered or `connectionWait` has passed: one whose relay node does not answer is
   * `Down`, not an error. @throws OCKAM_NODE_RELAY_EXISTS, OCKAM_NODE_RELAY_REFUSED, OCKAM_NODE_INVALID_NAME
   */
  readonly "relay.create": {
    readonly params: RelayCreateParams;
    readonly result: RelayStatus;
  };
  readonly "relay.list": {
    readonly params: NoParams;
    readonly result: readonly RelayStatus[];
  };
  /** @throws OCKAM_NODE_RELAY_NOT_FOUND */
  readonly "relay.show": {
    readonly params: { readonly name: string };
    readonly result: RelayStatus;
  };
  /** @throws OCKAM_NODE_RELAY_NOT_FOUND */
  readonly "relay.delete": {
    readonly params: { readonly name: string };
    readonly result: RelayStatus;
  };

  /**
   * Resolves once the first port listens, and is connected or `connectionWait` has passed: an inlet whose outlet is not
   * there yet is `Down`, not an error. @throws OCKAM_NODE_KAFKA_INLET_EXISTS, OCKAM_NODE_PORT_IN_USE,
   * OCKAM_NODE_INVALID_ROUTE, OCKAM_NODE_INVALID_POLICY
   */
  readonly "kafka-inlet.create": {
    readonly params: KafkaInletCreateParams;
    readonly result: KafkaInletStatus;
  };
  readonly "kafka-inlet.list": { readonly params: NoParams; readonly result: readonly KafkaInletStatus[] };
  /** @throws OCKAM_NODE_KAFKA_INLET_NOT_FOUND */
  readonly "kafka-inlet.show": {
    readonly params: { readonly name: string };
    readonly result: KafkaInletStatus;
  };
  /** Its ports, relays and connections go, too; the keys stay. @throws OCKAM_NODE_KAFKA_INLET_NOT_FOUND */
  readonly "kafka-inlet.delete": {
    readonly params: { readonly name: string };
    readonly result: KafkaInletStatus;
  };

  /** @throws OCKAM_NODE_KAFKA_OUTLET_EXISTS, OCKAM_NODE_ADDRESS_IN_USE, OCKAM_NODE_INVALID_POLICY */
  readonly "kafka-outlet.create": {
    readonly params: KafkaOutletCreateParams;
    readonly result: KafkaOutletStatus;
  };
  readonly "kafka-outlet.list": { readonly params: NoParams; readonly result: readonly KafkaOutletStatus[] };
  /** @throws OCKAM_NODE_KAFKA_OUTLET_NOT_FOUND */
  readonly "kafka-outlet.show": {
    readonly params: { readonly name: string };
    readonly result: KafkaOutletStatus;
  };
  /** @throws OCKAM_NODE_KAFKA_OUTLET_NOT_FOUND */
  readonly "kafka-outlet.delete": {
    readonly params: { readonly name: string };
    readonly result: KafkaOutletStatus;
  };

  /**
   * Sets who may use the resources of a type (`tcp-outlet`, …) or, for any other word, of that name. Effective at once,
   * also for open connections. The result has a `warning` when the policy cannot allow anybody at this node.
   * @throws OCKAM_NODE_INVALID_POLICY
   */
  readonly "policy.create": {
    readonly params: { readonly resource: string; readonly allow: string };
    readonly result: PolicyStatus;
  };
  /** @throws OCKAM_NODE_POLICY_NOT_FOUND */
  readonly "policy.show": {
    readonly params: { readonly resource: string };
    readonly result: PolicyStatus;
  };
  readonly "policy.list": { readonly params: NoParams; readonly result: readonly PolicyStatus[] };
  /** @throws OCKAM_NODE_POLICY_NOT_FOUND */
  readonly "policy.delete": {
    readonly params: { readonly resource: string };
    readonly result: PolicyStatus;
  };
}

/** The name of a method of {@link ControlApi}. */
export type ControlMethod = keyof ControlApi;
/** The parameters of a method. */
export type ControlParams<M extends ControlMethod> = ControlApi[M]["params"];
/** The result of a method. */
export type ControlResult<M extends ControlMethod> = ControlApi[M]["result"];

/** Of methods that take nothing. */
export type NoParams = Readonly<Record<string, never>>;
/** Of methods that answer nothing but success. */
export type NoResult = Readonly<Record<string, never>>;

/** The body of a failed call: what `NodeClient.call` rethrows as an `OckamError` of the same code and message. */
export interface ControlError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, string | number | boolean>>;
  };
}

/** A thing that a node was told to have. */
export interface StoredResource {
  /** The group of its methods: `tcp-outlet`, `relay`, … */
  readonly kind: ResourceKind;
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
}

/** What is to be sent where, and how long an answer is waited for. */
export interface MessageSendParams {
  /** Multiaddress of the receiver. */
  readonly to: string;
  /** Hex of the payload as it goes out: an encoding such as BARE string is the caller's. */
  readonly payload: string;
  /** How long to wait for the reply, ms; 10,000 by default. */
  readonly timeout?: number;
  /** Name of the identity for `/secure/…` hops; the node's own by default. */
  readonly identity?: string;
}

/** Which secure channel is to be opened, and with whom. */
export interface SecureChannelCreateParams {
  /**
   * Multiaddress whose last component, `/service/…` or `/secure/…`, is the listener. A failure names the hop:
   * OCKAM_NODE_INVALID_ROUTE, OCKAM_NODE_UNKNOWN_NODE (`/node/…`), OCKAM_NODE_DNS_FAILED, OCKAM_NODE_CONNECT_FAILED
   * (TCP refused or unanswered), OCKAM_NODE_HANDSHAKE_FAILED, OCKAM_NODE_PEER_NOT_TRUSTED (`authorized`),
   * OCKAM_NODE_REFUSED_BY_PEER (its trust policy), OCKAM_NODE_UNANSWERED.
   */
  readonly to: string;
  /** Whom to accept at the last hop; anyone when absent or empty. */
  readonly authorized?: readonly string[];
  /** Name of the own identity; the node's own by default. */
  readonly identity?: string;
  /** Hex of a credential with its purpose key, presented to the peer. */
  readonly credential?: string;
  /** ms; 120,000 by default. */
  readonly timeout?: number;
}

/** What a new outlet leads to, and who may use it. */
export interface TcpOutletCreateParams {
  /** Service address. Absent: `outlet`, or a random one when that is taken. */
  readonly address?: string;
  /** `host:port`, resolved at each connection. */
  readonly to: string;
  /**
   * Who may use it, besides the rules that hold for every outlet: the policy of its name. Who comes without a secure
   * channel may not, then. Attributes may be named where the node has an authority.
   */
  readonly allow?: string;
  /** TLS to the target. */
  readonly tls?: boolean;
  readonly skipHandshake?: boolean;
  readonly nagle?: boolean;
}

/** Where a new inlet listens, and which way it leads. */
export interface TcpInletCreateParams {
  /** Random when absent. */
  readonly name?: string;
  /** `host:port`; `127.0.0.1:0` by default. */
  readonly from?: string;
  /** Multiaddress that ends in the outlet's service; a route without `/node`, `/ip4`, … is local to the node. */
  readonly to: string;
  /** Name of the own identity for `/secure/…` hops; the node's own by default. */
  readonly identity?: string;
  /** Whom to accept behind `/secure/…`; anyone by default. */
  readonly authorized?: string;
  /** How long the call waits for the other side, ms; 5,000 by default, 0: not at all. */
  readonly connectionWait?: number;
  readonly skipHandshake?: boolean;
  readonly nagle?: boolean;
  /** Whom it may lead to, the node of the outlet: the policy of its name. */
  readonly allow?: string;
  /** HTTP headers that every request gets, `Name: value`: the client must speak HTTP/1.x then. */
  readonly httpHeaders?: readonly string[];
}

/** Where a node asks for a relay, and under which name. */
export interface RelayCreateParams {
  /** What this node calls it; `default` when absent. */
  readonly name?: string;
  /** Multiaddress of the node that hosts the relay: `/node/<name>`, `/dnsaddr/…/tcp/…`, also with `/secure/api` behind. */
  readonly at: string;
  /** The relay's address there is `forward_to_` and this; the name when absent. */
  readonly address?: string;
  /** Whom to accept behind the last `/secure/…` of `at`, which must be there then; anyone by default. */
  readonly authorized?: string;
  /** How long the call waits for the relay node, ms; 5,000 by default, 0: not at all. */
  readonly connectionWait?: number;
}

/** What becomes of a record: left out as if compacted away, passed as it is, or answered with an error for its partition. */
export type KafkaRecordFate = "drop" | "pass" | "error";

/** Where a new Kafka inlet listens, which way it leads, and what becomes of records. */
export interface KafkaInletCreateParams {
  /** `kafka_inlet` when absent. */
  readonly name?: string;
  /** `host:port` of the first port; `127.0.0.1:4000` by default. */
  readonly from?: string;
  /** Ports for brokers, the first and the last; by default the 100 behind that of `from`. */
  readonly brokersPortRange?: readonly [number, number];
  /** What clients are told to connect to; the host of `from` by default. */
  readonly advertisedHost?: string;
  /** Multiaddress of the node that has the outlet, without the outlet; `/project/default` by default. */
  readonly to?: string;
  /** What the outlet put in front of its addresses; `kafka` by default. */
  readonly outletPrefix?: string;
  /** Multiaddress of the one node that consumes. Not together with `consumerRelay`. */
  readonly consumer?: string;
  /** Multiaddress of the node where consumers have their relays; `to` by default. */
  readonly consumerRelay?: string;
  /** Where this node's own consumers are published; `consumerRelay`, else `to`, by default. `false`: nowhere. */
  readonly publishingRelay?: string | false;
  /** `false`: records pass as they are. */
  readonly contentEncryption?: boolean;
  /** How keys are agreed on: with topic keys, as Rust does, or as each consumer can, which is the default. */
  readonly keyAgreement?: "negotiate" | "topic-keys" | "rust";
  /** Multiaddresses of other nodes that are to hold topic keys; `consumer`, if there is one. */
  readonly keyHolders?: readonly string[];
  /** After what time a topic gets another key, ms; a day by default. */
  readonly keyRotation?: number;
  /** How long topic keys are kept after their last use, ms; for good by default. */
  readonly keyRetention?: number;
  /** Names or JSON paths of the members that are encrypted; the whole value when absent or empty. */
  readonly encryptedFields?: readonly string[];
  /** Fate of records that nobody sealed; `drop` by default. */
  readonly plainRecords?: KafkaRecordFate;
  /** Fate of records that cannot be decrypted; `drop` by default. */
  readonly unreadableRecords?: Exclude<KafkaRecordFate, "pass">;
  /** TLS for clients: texts of a certificate chain and its key, PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** How long a partition waits for a node that has a key and cannot be reached, ms; an hour by default. */
  readonly unreachablePatience?: number;
  /** Name of the own identity for `/secure/…` hops; the node's own by default. */
  readonly identity?: string;
  /** Whom it may lead to, the node of the outlet: the policy of its name. */
  readonly allow?: string;
  /** For whom it may encrypt: the policy `kafka-consumer-<name>`. */
  readonly allowConsumer?: string;
  /** Whose records it may decrypt: the policy `kafka-producer-<name>`. */
  readonly allowProducer?: string;
  /** How long the call waits for the other side, ms; 5,000 by default, 0: not at all. */
  readonly connectionWait?: number;
}

/** Which brokers a new Kafka outlet leads to, and who may use it. */
export interface KafkaOutletCreateParams {
  /** `kafka_outlet` when absent. */
  readonly name?: string;
  /** `host:port` of a broker; `127.0.0.1:9092` by default. */
  readonly bootstrapServer?: string;
  /** In front of its addresses: `<prefix>_interceptor` and so on; `kafka`, which Rust inlets expect, by default. */
  readonly prefix?: string;
  /** TLS to the brokers. */
  readonly tls?: boolean;
  /** PEM text of the authorities that the brokers' certificates are to come from, besides those of the system. */
  readonly tlsAuthorities?: string;
  /** Who may use it: the policy of its name. */
  readonly allow?: string;
}
