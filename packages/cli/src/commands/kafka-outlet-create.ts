import { isOckamError, OckamError } from "@ockam/codec";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { extended, nullable, string } from "../json-shape.ts";
import { warnOfPolicies } from "../missing-policies.ts";
import { withNode } from "../node-access.ts";
import { argument, flag, parsed, text } from "../option.ts";
import { ensureRelay, outletRelay } from "../outlet-relay.ts";
import { readCertificates } from "../pem-file.ts";
import { allowOption, withPolicy } from "../policy-argument.ts";
import { KAFKA_OUTLET, describeKafkaOutlet } from "../render/kafka-outlet.ts";
import { parseServiceReference } from "../service-reference.ts";
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from "../socket-address.ts";
import type { Style } from "../style.ts";
import { usageError } from "../usage-error.ts";

/** The name of a Kafka outlet that is given none. */
export const DEFAULT_KAFKA_OUTLET = "kafka_outlet";
/** In front of the addresses of a Kafka outlet that is given no other prefix. */
const DEFAULT_PREFIX = "kafka";
const DEFAULT_SERVER: SocketAddress = { scheme: "tcp", host: "127.0.0.1", port: 9092 };

export const kafkaOutletCreate: Command = defineCommand({
  summary: "Make a Kafka cluster reachable through a node",
  description:
    "Kafka inlets of other nodes lead to it. It finds all brokers by the one that it is given, and follows them when they move. " +
    "What it passes on is encrypted by the inlets.",
  notes: ["Without a node there, the default node is created first."],
  examples: [
    "kafka-outlet create --bootstrap-server 127.0.0.1:9092 --relay default",
    "kafka-outlet create --at n1 --bootstrap-server tls://kafka.internal:9093 --tls-authorities ca.pem",
    "kafka-outlet create europe --bootstrap-server eu.kafka.internal:9092 --prefix europe",
  ],
  json: extended(KAFKA_OUTLET, {
    node_name: string(),
    warning: nullable(string(), "what its owner had better know of its policies"),
  }),
  positionals: { name: argument(`Its name; '${DEFAULT_KAFKA_OUTLET}' when absent`) },
  options: {
    at: AT,
    from: parsed("NAME", "Its name, the same as NAME", parseServiceReference, { aliases: ["addr"] }),
    bootstrapServer: parsed(
      "[tls://]HOST:PORT",
      "A broker, resolved at each connection",
      parseSocketAddress,
      { aliases: ["to"], fallback: formatSocketAddress(DEFAULT_SERVER) },
    ),
    tls: flag("", { hidden: true, deprecated: "write tls://HOST:PORT" }),
    tlsAuthorities: text(
      "FILE",
      "PEM file of authorities that the brokers' certificates may come from, besides those of the system; needs tls://",
    ),
    prefix: text(
      "PREFIX",
      "In front of its addresses, so that a node can have several: PREFIX_interceptor and so on; inlets need the same --outlet-prefix",
      { fallback: `${DEFAULT_PREFIX}, which Rust's inlets expect` },
    ),
    relay: text("NAME", "Also register the node at the default project, as this relay, unless it is already"),
    allow: allowOption(
      "Who may use it, by attributes or identifier of the inlet's node",
      "the policy of the type tcp-outlet, which asks for a credential",
    ),
  },
  async run(values, terminal) {
    const { bootstrapServer: server = DEFAULT_SERVER, prefix = DEFAULT_PREFIX } = values;
    if (server.scheme === "udp") throw usageError("a Kafka outlet leads to a TCP server", "leave out udp://");
    if (server.port === 0)
      throw usageError("a broker does not listen at port 0", "give the port of the broker");
    if (values.from !== undefined && values.name !== undefined) {
      terminal.warn(`--from ${values.from} counts, not the name ${values.name}`);
    }
    const name = values.from ?? parseServiceReference(values.name ?? DEFAULT_KAFKA_OUTLET);
    const tls = values.tls || server.scheme === "tls";
    if (values.tlsAuthorities !== undefined && !tls) {
      throw usageError(
        "--tls-authorities are for TLS, and the outlet does not speak it with the brokers",
        `give --bootstrap-server tls://${formatSocketAddress(server)}`,
      );
    }
    const tlsAuthorities =
      values.tlsAuthorities === undefined ? undefined : await readCertificates(values.tlsAuthorities);
    const relay = outletRelay(values.relay);
    return withNode({ at: values.at, terminal, create: true }, async (node) => {
      const params = {
        name,
        bootstrapServer: formatSocketAddress(server),
        tls,
        prefix,
        ...(tlsAuthorities === undefined ? {} : { tlsAuthorities }),
        ...(values.allow === undefined ? {} : { allow: values.allow }),
      };
      const outlet = await withPolicy(values.allow, () => node.call("kafka-outlet.create", params)).catch(
        (error: unknown) => {
          throw withPrefixHint(error);
        },
      );
      warnOfPolicies(outlet, terminal);
      const undo = () => node.call("kafka-outlet.delete", { name });
      if (relay !== undefined) await ensureRelay(node, relay, terminal, undo);
      const described = describeKafkaOutlet(outlet);
      return {
        json: () => ({ ...described, node_name: node.name }),
        plain: (style) =>
          style.success(
            `Created the Kafka outlet ${style.name(outlet.name)} at ${style.name(node.name)} ` +
              `to ${style.name(String(described["bootstrap_server"]))}`,
          ),
        next: (style) => [
          `Reach it with: ${inletCommand({ node: node.name, prefix, relay: values.relay }, style)}`,
        ],
      };
    });
  },
});

interface Reach {
  readonly node: string;
  readonly prefix: string;
  readonly relay: string | undefined;
}

function inletCommand({ node, prefix, relay }: Reach, style: Style): string {
  const way = relay === undefined ? `--to /node/${node}/secure/api` : `--via ${relay}`;
  const outlet = prefix === DEFAULT_PREFIX ? "" : ` --outlet-prefix ${prefix}`;
  return style.name(`ockam kafka-inlet create ${way}${outlet}`);
}

/** Of two outlets with the same addresses the new one needs others. */
function withPrefixHint(error: unknown): unknown {
  if (!isOckamError(error, "OCKAM_NODE_ADDRESS_IN_USE")) return error;
  const hint = "give --prefix PREFIX here, and the same --outlet-prefix PREFIX to the inlets that lead to it";
  return new OckamError(error.code, error.message, { cause: error, details: { ...error.details, hint } });
}
