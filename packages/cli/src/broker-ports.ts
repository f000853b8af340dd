import { formatPortRange, type PortRange } from "./port-range.ts";
import { usageError } from "./usage-error.ts";

/** How many ports behind its own a Kafka inlet has for brokers unless told otherwise. */
const BROKER_PORTS = 100;
const LAST_PORT = 65_535;

/**
 * The ports that a Kafka inlet gives to brokers: those that were asked for, or the next ones behind `port`, at which it
 * listens itself. 0 and 0 stand for any free ones: when `port` is any free one, it is not known what is behind it.
 * @throws OckamError OCKAM_CLI_USAGE for a range that has `port` in it, and when no port is left
 */
export function brokerPorts(port: number, asked: PortRange | undefined): PortRange {
  const usual: PortRange = [port + 1, Math.min(port + BROKER_PORTS, LAST_PORT)];
  if (asked === undefined) {
    if (port === 0) return [0, 0];
    if (port < LAST_PORT) return usual;
    throw usageError(
      `behind port ${port} there are none left for the brokers`,
      "give another port in --from, or --brokers-port-range FIRST-LAST",
    );
  }
  const [first, last] = asked;
  if (port < first || port > last) return asked;
  const instead = port < LAST_PORT ? usual : ([port - BROKER_PORTS, port - 1] as const);
  throw usageError(
    `the brokers' ports ${formatPortRange(asked)} contain ${port}, where clients connect first`,
    `give a range without it, like --brokers-port-range ${formatPortRange(instead)}`,
  );
}
