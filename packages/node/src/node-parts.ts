import type { Router } from "@ockam/core-routing";

import type { MessageSendParams, StoredResource } from "./control/control-api.ts";
import type { KafkaInlets } from "./kafka/kafka-inlets.ts";
import type { KafkaOutlets } from "./kafka/kafka-outlets.ts";
import type { Policies } from "./policies/policies.ts";
import type { Relays } from "./relays/relays.ts";
import type { SecureChannelListeners } from "./channels/secure-channel-listeners.ts";
import type { SecureChannels } from "./channels/secure-channels.ts";
import type { Services } from "./services.ts";
import type { TcpConnections } from "./transports/tcp-connections.ts";
import type { TcpInlets } from "./portals/tcp-inlets.ts";
import type { TcpListeners } from "./transports/tcp-listeners.ts";
import type { TcpOutlets } from "./portals/tcp-outlets.ts";
import type { LogThreshold } from "./process/log-level.ts";
import type { NodeStatus } from "./status/node-status.ts";

/** What a node consists of. */
export interface NodeParts {
  /** For workers of one's own. */
  readonly router: Router;
  readonly services: Services;
  readonly tcpListeners: TcpListeners;
  readonly tcpConnections: TcpConnections;
  readonly secureChannels: SecureChannels;
  readonly secureChannelListeners: SecureChannelListeners;
  readonly tcpOutlets: TcpOutlets;
  readonly tcpInlets: TcpInlets;
  readonly relays: Relays;
  readonly kafkaOutlets: KafkaOutlets;
  readonly kafkaInlets: KafkaInlets;
  readonly policies: Policies;
  /** Everything about it. */
  show(): NodeStatus;
  /**
   * Sets what it logs from now on, until it ends.
   * @throws OckamError OCKAM_NODE_LOG_LEVEL_FIXED
   */
  setLogLevel(level: LogThreshold): { readonly level: LogThreshold; readonly before: LogThreshold };
  /** What it was told to have, and brings back after a restart. */
  resources(): readonly StoredResource[];
  /**
   * Sends a message along a multiaddress and waits for the reply: see `message.send` of `ControlApi`.
   * @throws OckamError OCKAM_NODE_UNANSWERED, OCKAM_NODE_CONNECT_FAILED and others that name the hop
   */
  sendMessage(params: MessageSendParams, signal?: AbortSignal): Promise<{ readonly payload: string }>;
  /** Closes everything; what it has stays in its state. */
  close(): Promise<void>;
}
