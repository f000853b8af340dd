import { parseEndpoint } from "@ockam/portal-tcp";

import { nodeError } from "../node-error.ts";

/**
 * How many ports behind its own an inlet takes for brokers unless told otherwise, as in Rust: `BROKER_PORTS` of
 * `@ockam/portal-kafka`, which is not loaded yet where parameters are checked.
 */
const BROKER_PORT_COUNT = 100;
const LAST_PORT = 0xffff;

/**
 * The ports for brokers: those that were asked for, else the ones behind that of `from`, or any free ones, written as 0 and 0.
 * @throws OckamError OCKAM_NODE_INVALID_ADDRESS
 */
export function brokerPorts(
  from: string,
  wanted: readonly [number, number] | undefined,
): readonly [number, number] {
  const { port } = parseEndpoint(from);
  if (wanted === undefined && port === 0) return [0, 0];
  const [first, last] = wanted ?? [port + 1, Math.min(port + BROKER_PORT_COUNT, LAST_PORT)];
  if (first > LAST_PORT)
    throw invalid(`there is no port behind ${port}; give the inlet a range of ports for brokers`);
  if (first === 0 && last === 0) return [0, 0];
  if (first < 1 || first > last || last > LAST_PORT)
    throw invalid(`${first}-${last} is no range of ports for brokers`);
  if (port !== 0 && port >= first && port <= last)
    throw invalid(
      `the range ${first}-${last} for brokers contains ${port}, where clients connect first; give one without it`,
    );
  return [first, last];
}

function invalid(message: string): Error {
  return nodeError("INVALID_ADDRESS", message);
}
