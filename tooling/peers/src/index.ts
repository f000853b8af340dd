export { BytePattern } from "./byte-pattern.ts";
export { freePort } from "@ockam/acceptance/free-port";
export { installAptPackages, installOckam, ockamPeerPath, OCKAM_PEER_VERSION } from "./install-ockam.ts";
export {
  installKafka,
  installKafkaVersion,
  KAFKA_CURRENT,
  KAFKA_FOR_RUST,
  kafkaClassPath,
} from "./kafka/install-kafka.ts";
export { KafkaBroker } from "./kafka/kafka-broker.ts";
export { OckamHome, PEERS_RUN, routeTo } from "./ockam-home.ts";
export type { CommandOptions, CommandResult, Implementation, PeerNode } from "./ockam-home.ts";
export { isAlive, killProcess, processesWith } from "@ockam/acceptance/processes";
export { proportionalSetSize } from "./proportional-set-size.ts";
export { rustOckam } from "./rust-ockam.ts";
export { typescriptOckam } from "./typescript-ockam.ts";
