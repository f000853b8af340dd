import type { KafkaInletStatus, KafkaRecordFate } from "@ockam/node";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { parseHost } from "../host.ts";
import { extended, nullable, string } from "../json-shape.ts";
import { kafkaRoutes } from "../kafka-routes.ts";
import { warnOfPolicies } from "../missing-policies.ts";
import { withNode } from "../node-access.ts";
import { argument, choice, duration, flag, parsed, parsedEach, text, texts } from "../option.ts";
import { readTlsIdentity } from "../pem-file.ts";
import { allowOption, withPolicies } from "../policy-argument.ts";
import { parsePortRange } from "../port-range.ts";
import { KAFKA_INLET, describeKafkaInlet } from "../render/kafka-inlet.ts";
import { parseRouteToNode } from "../route-argument.ts";
import { parseServiceReference } from "../service-reference.ts";
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from "../socket-address.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** The name of a Kafka inlet that is given none. */
export const DEFAULT_KAFKA_INLET = "kafka_inlet";
const DEFAULT_FROM: SocketAddress = { scheme: "tcp", host: "127.0.0.1", port: 4000 };
const DEFAULT_OUTLET_PREFIX = "kafka";
const CONNECTION_WAIT = 5000;
const KEY_AGREEMENTS = ["negotiate", "topic-keys", "rust"] as const;
const ANY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);
const PLAIN_FATES = ["drop", "pass", "error"] as const satisfies readonly KafkaRecordFate[];
/** Ciphertext does not pass: no client would know it for what it is. */
const UNREADABLE_FATES = ["drop", "error"] as const satisfies readonly KafkaRecordFate[];

export const kafkaInletCreate: Command = defineCommand({
  summary: "Listen for Kafka clients, and encrypt what they produce for those who consume it",
  description:
    "Producers and consumers connect to it as to a broker, unmodified: one inlet is for both. Values are encrypted here when they are produced, and decrypted at the inlet of the consumer: neither the brokers nor anybody on the way can read them. Keys, headers and topic names are not encrypted. An inlet whose outlet cannot be reached yet is created all the same, and connects as soon as it can.",
  notes: [
    "Clients connect to `--from` first, and are told of one port of `--brokers-port-range` for each broker. Keys ([protocol/kafka-keys.md](protocol/kafka-keys.md)) are at the node of the producer, where consumers fetch them when they meet a record, and keep them. For new keys it must be there then, unless a node with a Kafka inlet that always is holds them, too: `ockam relay create keys` there, and at the producers `--key-holder /project/default/service/forward_to_keys/secure/api`. With inlets of Rust's command, as producer or consumer, keys are theirs to agree on: a consumer must have read from a partition before anybody produces to it, and is the only one that can read it.",
    "Inlets find each other by relays: a consumer's has one for each partition that it reads, `consumer_<topic>_<partition>`, and a producer's one for its topic keys, `kafka_keys_<origin>`. Their credentials need `ockam-relay=*` for that (`ockam project ticket --relay '*'`).",
    "Without a node there, the default node is created first.",
  ],
  examples: [
    "kafka-inlet create --via default",
    "kafka-inlet create --from 4000 --to /node/n1/secure/api",
    "kafka-inlet create --to /dnsaddr/kafka.example/tcp/4000/secure/api --consumer /dnsaddr/app.example/tcp/4000/secure/api",
    "kafka-inlet create --via default --encrypted-field card --encrypted-field '$.customer.phone'",
    "kafka-inlet create --via default --from tls://0.0.0.0:9093 --advertised-host kafka.local --tls-certificate cert.pem --tls-key key.pem",
  ],
  json: extended(KAFKA_INLET, {
    node_name: string(),
    warning: nullable(string(), "what its owner had better know of its policies"),
  }),
  positionals: { name: argument(`Its name; '${DEFAULT_KAFKA_INLET}' when absent`) },
  options: {
    at: AT,
    addr: parsed("NAME", "", parseServiceReference, {
      hidden: true,
      deprecated: "give the name as the argument",
    }),
    from: parsed(
      "[tls://]HOST:PORT",
      "Where clients connect first; tls:// needs --tls-certificate and --tls-key",
      parseSocketAddress,
      {
        fallback: formatSocketAddress(DEFAULT_FROM),
      },
    ),
    brokersPortRange: parsed("FIRST-LAST", "Ports for the brokers, one for each", parsePortRange, {
      fallback: "the 100 behind that of --from",
    }),
    advertisedHost: parsed(
      "HOST",
      "What clients are told to connect to, where it is not what they see in --from",
      parseHost,
      { fallback: "the host of --from" },
    ),
    tlsCertificate: text("FILE", "TLS for clients: the certificate and its chain (PEM); needs --tls-key"),
    tlsKey: text("FILE", "The private key of that certificate (PEM), without a passphrase"),
    to: parsed(
      "ROUTE",
      "The node that has the outlet, like /node/n1/secure/api; 'self' for this node",
      parseRouteToNode,
      { route: true, fallback: "the default project" },
    ),
    via: text(
      "RELAY",
      "The relay of the default project behind which the outlet's node is; not together with --to",
    ),
    outletPrefix: text("PREFIX", "The --prefix of the outlet", { fallback: DEFAULT_OUTLET_PREFIX }),
    consumer: parsed(
      "ROUTE",
      "The one node that consumes, like /node/n2/secure/api; not together with --consumer-relay",
      parseRouteToNode,
      { route: true },
    ),
    consumerRelay: parsed("ROUTE", "The node where consumers have their relays", parseRouteToNode, {
      route: true,
      fallback: "--to; the project with --via",
    }),
    publishingRelay: parsed(
      "ROUTE",
      "The node where this one's consumers get their relays",
      parseRouteToNode,
      {
        route: true,
        fallback: "--consumer-relay",
      },
    ),
    noPublishing: flag("Make no relays for this node's consumers: producers reach it with --consumer", {
      aliases: ["avoid-publishing"],
    }),
    noContentEncryption: flag("Pass records as they are", { aliases: ["disable-content-encryption"] }),
    encryptedField: texts(
      "FIELD",
      "Encrypt only this member of JSON values: a name, or a path like $.order.card; repeatable. The inlets of producers and consumers must name the same",
      { aliases: ["encrypted-fields"] },
    ),
    keyAgreement: choice(
      KEY_AGREEMENTS,
      "How keys are agreed on: in each consumer's way, only with [topic keys](protocol/kafka-keys.md), or only as Rust's inlets do",
      { fallback: "negotiate" },
    ),
    keyHolder: parsedEach(
      "ROUTE",
      "A node that holds topic keys for those who consume, so that this one need not be there; repeatable",
      parseRouteToNode,
      { route: true, fallback: "--consumer, else this node" },
    ),
    keyRotation: duration("After what time a topic gets another key; 30 days at most", { fallback: "1d" }),
    keyRetention: duration("How long topic keys are kept after their last use; then records are lost", {
      fallback: "for good",
    }),
    plainRecords: choice(
      PLAIN_FATES,
      "What becomes of records that nobody encrypted: left out, passed, or an error",
      {
        fallback: "drop",
      },
    ),
    unreadableRecords: choice(
      UNREADABLE_FATES,
      "What becomes of records that cannot be decrypted: left out, or an error",
      { fallback: "drop" },
    ),
    unreachablePatience: duration(
      "How long a partition waits for a node that has a key and cannot be reached, before its records are unreadable",
      { fallback: "1h" },
    ),
    identity: text("IDENTITY", "The identity for secure channels", { fallback: "that of the node" }),
    allow: allowOption(
      "Whom it may lead to, by attributes or identifier of the outlet's node",
      "the policy of the type tcp-inlet, which asks for a credential",
    ),
    allowConsumer: text(
      "POLICY",
      "For whom it may encrypt, by attributes or identifier of the consumer's node: the policy kafka-consumer-NAME",
      {
        fallback: "the policy of the type kafka-consumer, which asks for a credential",
      },
    ),
    allowProducer: text(
      "POLICY",
      "Whose records it may decrypt, by attributes or identifier of the producer's node: the policy kafka-producer-NAME",
      {
        fallback: "the policy of the type kafka-producer, which asks for a credential",
      },
    ),
    connectionWait: duration("How long to wait for the outlet to answer", { fallback: "5s" }),
    noConnectionWait: flag("Do not wait for the outlet to answer"),
    timeout: duration("How long each request to the node may take", { fallback: "OCKAM_DEFAULT_TIMEOUT" }),
  },
  async run(values, terminal) {
    const { from = DEFAULT_FROM, advertisedHost, encryptedField, identity } = values;
    const { allow, allowConsumer, allowProducer } = values;
    const name = values.addr ?? parseServiceReference(values.name ?? DEFAULT_KAFKA_INLET);
    warnOfAnyAddress(from, advertisedHost, terminal);
    if (values.noContentEncryption && encryptedField.length > 0) {
      throw usageError(
        "--no-content-encryption and --encrypted-field exclude each other",
        "leave out --no-content-encryption: without fields whole values are encrypted",
      );
    }
    const keys = keysOf(values);
    const tls = await tlsOf(from, values);
    const routes = kafkaRoutes(values);
    const params = {
      name,
      from: formatSocketAddress(from),
      ...routes,
      outletPrefix: values.outletPrefix ?? DEFAULT_OUTLET_PREFIX,
      contentEncryption: !values.noContentEncryption,
      plainRecords: values.plainRecords ?? "drop",
      unreadableRecords: values.unreadableRecords ?? "drop",
      connectionWait: values.noConnectionWait ? 0 : (values.connectionWait ?? CONNECTION_WAIT),
      ...(advertisedHost === undefined ? {} : { advertisedHost }),
      ...(values.brokersPortRange === undefined ? {} : { brokersPortRange: values.brokersPortRange }),
      ...(encryptedField.length === 0 ? {} : { encryptedFields: encryptedField }),
      ...keys,
      ...(tls === undefined ? {} : { tls }),
      ...(values.unreachablePatience === undefined
        ? {}
        : { unreachablePatience: values.unreachablePatience }),
      ...(identity === undefined ? {} : { identity }),
      ...(allow === undefined ? {} : { allow }),
      ...(allowConsumer === undefined ? {} : { allowConsumer }),
      ...(allowProducer === undefined ? {} : { allowProducer }),
    };
    const policies = { allow, "allow-consumer": allowConsumer, "allow-producer": allowProducer };
    const request = values.timeout === undefined ? {} : { timeout: values.timeout };
    return withNode({ at: values.at, terminal, create: true }, async (node) => {
      const inlet = await withPolicies(policies, () => node.call("kafka-inlet.create", params, request));
      warnOfPolicies(inlet, terminal);
      if (inlet.status === "Down") {
        terminal.warn(
          `The outlet does not answer yet: ${inlet.last_failure ?? "no reply"}. The inlet keeps trying`,
        );
      }
      return {
        json: () => ({ ...describeKafkaInlet(inlet), node_name: node.name }),
        plain: (style) =>
          [
            style.success(
              `Created the Kafka inlet ${style.name(inlet.name)} at ${style.name(node.name)}: ` +
                `${style.name(inlet.from)} leads to ${style.name(inlet.to)}`,
            ),
            style.info(`Clients connect with: ${style.name(`bootstrap.servers=${bootstrapServer(inlet)}`)}`),
          ].join("\n"),
      };
    });
  },
});

interface KeyChoices {
  readonly keyAgreement: (typeof KEY_AGREEMENTS)[number] | undefined;
  readonly keyHolder: readonly string[];
  readonly keyRotation: number | undefined;
  readonly keyRetention: number | undefined;
}

function keysOf({ keyAgreement, keyHolder, keyRetention, keyRotation }: KeyChoices) {
  const keys = {
    ...(keyHolder.length === 0 ? {} : { keyHolders: keyHolder }),
    ...(keyRotation === undefined ? {} : { keyRotation }),
    ...(keyRetention === undefined ? {} : { keyRetention }),
  };
  if (keyAgreement === "rust" && Object.keys(keys).length > 0) {
    throw usageError(
      "--key-holder, --key-rotation and --key-retention are about topic keys, which --key-agreement rust is without",
      "leave out --key-agreement, or give --key-agreement topic-keys",
    );
  }
  return { ...keys, ...(keyAgreement === undefined ? {} : { keyAgreement }) };
}

interface TlsFiles {
  readonly tlsCertificate: string | undefined;
  readonly tlsKey: string | undefined;
}

async function tlsOf({ scheme }: SocketAddress, { tlsCertificate, tlsKey }: TlsFiles) {
  if (scheme === "udp") throw usageError("Kafka clients connect over TCP", "leave out udp://");
  if (tlsCertificate !== undefined && tlsKey !== undefined) return readTlsIdentity(tlsCertificate, tlsKey);
  if (tlsCertificate === undefined && tlsKey === undefined && scheme !== "tls") return undefined;
  const [present, absent] =
    tlsCertificate !== undefined
      ? ["--tls-certificate", "--tls-key FILE"]
      : tlsKey !== undefined
        ? ["--tls-key", "--tls-certificate FILE"]
        : ["tls:// in --from", "--tls-certificate FILE and --tls-key FILE"];
  throw usageError(`${present} needs a certificate and its key`, `add ${absent}`);
}

/** Clients are told a host to connect to, and nobody can connect to all addresses. */
function warnOfAnyAddress({ host }: SocketAddress, advertised: string | undefined, terminal: Terminal): void {
  if (advertised !== undefined || !ANY_ADDRESS.has(host)) return;
  terminal.warn(
    `Clients will be told to connect to ${host}, which leads nowhere from other machines: ` +
      "give --advertised-host HOST",
  );
}

function bootstrapServer({ advertised_host: host, from }: KafkaInletStatus): string {
  return formatSocketAddress({ host, port: parseSocketAddress(from).port });
}
