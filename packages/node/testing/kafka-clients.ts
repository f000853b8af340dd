// A broker and its clients, as the Kafka portals are tested with.
export { FakeBroker } from "../../portal-kafka/testing/fake-broker.ts";
export { RawClient } from "../../portal-kafka/testing/raw-client.ts";
export { decodeRecordSet } from "../../kafka-protocol/src/index.ts";
export * from "../../portal-kafka/testing/certificate.ts";
