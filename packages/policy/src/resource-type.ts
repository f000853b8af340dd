/** What policies may be about. docs/protocol/policies.md, "Which policy". */
export type ResourceType =
  | "tcp-inlet"
  | "tcp-outlet"
  | "echoer"
  | "kafka-consumer"
  | "kafka-producer"
  | "relay"
  | "lessor";

/** All types of resources, in the order of their numbers on the wire, which begin with 1. */
export const RESOURCE_TYPES: readonly ResourceType[] = [
  "tcp-inlet",
  "tcp-outlet",
  "echoer",
  "kafka-consumer",
  "kafka-producer",
  "relay",
  "lessor",
];
