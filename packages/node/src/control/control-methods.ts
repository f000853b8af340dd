import type { ControlMethod, ControlParams, ControlResult } from "./control-api.ts";
import type { NodeParts } from "../node-parts.ts";
import { serviceName } from "./service-path.ts";

/** What each method of the control API does. */
export const CONTROL_METHODS: {
  readonly [M in ControlMethod]: (
    node: NodeParts,
    params: ControlParams<M>,
    signal: AbortSignal | undefined,
  ) => ControlResult<M> | Promise<ControlResult<M>>;
} = {
  "node.show": (node) => node.show(),
  "node.set-log-level": (node, { level }) => node.setLogLevel(level),
  "node.stop": (node) => {
    // After the reply.
    setImmediate(() => void node.close());
    return {};
  },
  "resource.list": (node) => node.resources(),
  "worker.list": (node) => node.router.addresses().map((address) => address.name),
  "service.list": (node) => node.services.list(),
  "service.start": (node, params) => node.services.start(params),
  "flow-control.add-consumer": (node, { address, flowControlId }) => {
    node.tcpListeners.addConsumer(flowControlId, serviceName(address));
    return {};
  },
  "message.send": (node, params, signal) => node.sendMessage(params, signal),
  "secure-channel.create": (node, params, signal) => node.secureChannels.create(params, signal),
  "secure-channel.list": (node) => node.secureChannels.list(),
  "secure-channel.show": (node, { address }) => node.secureChannels.show(address),
  "secure-channel.probe": (node, params, signal) => node.secureChannels.probe(params, signal),
  "secure-channel.delete": (node, { address }) => node.secureChannels.delete(address),
  "secure-channel-listener.create": (node, params) => node.secureChannelListeners.create(params),
  "secure-channel-listener.list": (node) => node.secureChannelListeners.list(),
  "secure-channel-listener.show": (node, { address }) => node.secureChannelListeners.show(address),
  "secure-channel-listener.delete": (node, { address }) => node.secureChannelListeners.delete(address),
  "tcp-connection.create": (node, { to, timeout }, signal) =>
    node.tcpConnections.create(to, {
      ...(timeout === undefined ? {} : { timeout }),
      ...(signal === undefined ? {} : { signal }),
    }),
  "tcp-connection.list": (node) => node.tcpConnections.list(),
  "tcp-connection.show": (node, { address }) => node.tcpConnections.show(address),
  "tcp-connection.delete": (node, { address }) => node.tcpConnections.delete(address),
  "tcp-listener.create": (node, { address }, signal) => node.tcpListeners.create(address, signal),
  "tcp-listener.list": (node) => node.tcpListeners.list(),
  "tcp-listener.show": (node, { address }) => node.tcpListeners.show(address),
  "tcp-listener.delete": (node, { address }) => node.tcpListeners.delete(address),
  "tcp-outlet.create": (node, params) => node.tcpOutlets.create(params),
  "tcp-outlet.list": (node) => node.tcpOutlets.list(),
  "tcp-outlet.show": (node, { name }) => node.tcpOutlets.show(name),
  "tcp-outlet.delete": (node, { name }) => node.tcpOutlets.delete(name),
  "tcp-inlet.create": (node, params, signal) => node.tcpInlets.create(params, signal),
  "tcp-inlet.list": (node) => node.tcpInlets.list(),
  "tcp-inlet.show": (node, { name }) => node.tcpInlets.show(name),
  "tcp-inlet.delete": (node, { name }) => node.tcpInlets.delete(name),
  "relay.create": (node, params, signal) => node.relays.create(params, signal),
  "relay.list": (node) => node.relays.list(),
  "relay.show": (node, { name }) => node.relays.show(name),
  "relay.delete": (node, { name }) => node.relays.delete(name),
  "kafka-inlet.create": (node, params, signal) => node.kafkaInlets.create(params, signal),
  "kafka-inlet.list": (node) => node.kafkaInlets.list(),
  "kafka-inlet.show": (node, { name }) => node.kafkaInlets.show(name),
  "kafka-inlet.delete": (node, { name }) => node.kafkaInlets.delete(name),
  "kafka-outlet.create": (node, params) => node.kafkaOutlets.create(params),
  "kafka-outlet.list": (node) => node.kafkaOutlets.list(),
  "kafka-outlet.show": (node, { name }) => node.kafkaOutlets.show(name),
  "kafka-outlet.delete": (node, { name }) => node.kafkaOutlets.delete(name),
  "policy.create": (node, { allow, resource }) => node.policies.set(resource, allow),
  "policy.show": (node, { resource }) => node.policies.show(resource),
  "policy.list": (node) => node.policies.list(),
  "policy.delete": (node, { resource }) => node.policies.delete(resource),
};
