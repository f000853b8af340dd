import type { ApiName } from "./api.ts";
import type { KafkaResponse } from "./response.ts";

/** Where a broker is, as a response says. */
export interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** The responses that tell a client where brokers are; {@link mapBrokerAddresses} knows the place in each. */
export const BROKER_ADDRESS_APIS: readonly ApiName[] = [
  "Produce",
  "Fetch",
  "Metadata",
  "FindCoordinator",
  "DescribeCluster",
  "ShareFetch",
  "ShareAcknowledge",
];

/**
 * APIs whose requests or responses hold addresses that {@link mapBrokerAddresses} does not know: those that brokers and controllers
 * speak among themselves, those that administer controllers, and Kafka Streams, whose instances tell each other where they are. A proxy
 * that hides addresses leaves them out of the versions that it offers.
 */
export const OTHER_ADDRESS_APIS: readonly ApiName[] = [
  "Vote",
  "BeginQuorumEpoch",
  "EndQuorumEpoch",
  "DescribeQuorum",
  "FetchSnapshot",
  "BrokerRegistration",
  "ControllerRegistration",
  "AddRaftVoter",
  "UpdateRaftVoter",
  "StreamsGroupHeartbeat",
  "StreamsGroupDescribe",
];

/** The brokers that a response names, in its order; of a coordinator that was not found, nothing. */
export function brokerAddresses(response: KafkaResponse): readonly BrokerAddress[] {
  const found: BrokerAddress[] = [];
  mapBrokerAddresses(response, (broker) => {
    found.push(broker);
    return broker;
  });
  return found;
}

/**
 * The response with other addresses: `map` is asked once for each place that has one. A response of any other API is returned as it is.
 */
export function mapBrokerAddresses(
  response: KafkaResponse,
  map: (broker: BrokerAddress) => Pick<BrokerAddress, "host" | "port">,
): KafkaResponse {
  const at = <Node extends BrokerAddress>(node: Node): Node => ({ ...node, ...place(map, node) });
  switch (response.api) {
    case "Metadata":
      return { ...response, body: { ...response.body, brokers: response.body.brokers.map(at) } };
    case "DescribeCluster": {
      const brokers = response.body.brokers.map((broker) => ({
        ...broker,
        ...place(map, { ...broker, nodeId: broker.brokerId }),
      }));
      return { ...response, body: { ...response.body, brokers } };
    }
    case "FindCoordinator": {
      const { body } = response;
      const single = body.nodeId < 0 || response.version > 3 ? body : at(body);
      const coordinators = body.coordinators.map((found) => (found.nodeId < 0 ? found : at(found)));
      return { ...response, body: { ...single, coordinators } };
    }
    case "Produce":
      return { ...response, body: { ...response.body, nodeEndpoints: response.body.nodeEndpoints.map(at) } };
    case "Fetch":
      return { ...response, body: { ...response.body, nodeEndpoints: response.body.nodeEndpoints.map(at) } };
    case "ShareFetch":
      return { ...response, body: { ...response.body, nodeEndpoints: response.body.nodeEndpoints.map(at) } };
    case "ShareAcknowledge":
      return { ...response, body: { ...response.body, nodeEndpoints: response.body.nodeEndpoints.map(at) } };
    default:
      return response;
  }
}

/** Asks with nothing but the address, and takes nothing but host and port. */
function place(
  map: (broker: BrokerAddress) => Pick<BrokerAddress, "host" | "port">,
  { nodeId, host, port }: BrokerAddress,
): Pick<BrokerAddress, "host" | "port"> {
  const mapped = map({ nodeId, host, port });
  return { host: mapped.host, port: mapped.port };
}
