import { describe, expect, test } from "vitest";

import { kafkajsResponse } from "../testing/kafkajs.ts";
import { decodeResponse, encodeResponse, peekCorrelationId } from "./response.ts";

const invalid = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE" });
const unknownVersion = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION" });

describe("headers", () => {
  const headerTags = [{ tag: 3, data: Uint8Array.of(8) }];

  test("have tagged fields in flexible versions", () => {
    const bytes = encodeResponse({ api: "Heartbeat", version: 4, correlationId: 7, headerTags, body: {} });
    expect(bytes).toEqual(Uint8Array.of(0, 0, 0, 7, 1, 3, 1, 8, 0, 0, 0, 0, 0, 0, 0));
    expect(decodeResponse("Heartbeat", 4, bytes)).toMatchObject({ correlationId: 7, headerTags });
    expect(peekCorrelationId(bytes)).toBe(7);
  });

  test("never have them in ApiVersions", () => {
    const bytes = encodeResponse({ api: "ApiVersions", version: 4, correlationId: 7, body: {} });
    expect(bytes.subarray(0, 7)).toEqual(Uint8Array.of(0, 0, 0, 7, 0, 0, 1));
    expect(decodeResponse("ApiVersions", 4, bytes)).toMatchObject({ version: 4, correlationId: 7 });
  });

  test("that are too short", () => {
    expect(() => peekCorrelationId(new Uint8Array(3))).toThrow(invalid);
  });
});

test("a broker that does not know the version of ApiVersions answers in version 0", () => {
  const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 3 }];
  const bytes = encodeResponse({
    api: "ApiVersions",
    version: 0,
    correlationId: 1,
    body: { errorCode: 35, apiKeys },
  });
  const response = decodeResponse("ApiVersions", 5, bytes);
  expect(response).toMatchObject({ version: 0, body: { errorCode: 35, apiKeys } });
  expect(encodeResponse(response)).toEqual(bytes);
});

test("an unknown version", () => {
  expect(() => decodeResponse("Metadata", 99, new Uint8Array(50))).toThrow(unknownVersion);
  expect(() => decodeResponse("UpdateMetadata", 0, new Uint8Array(50))).toThrow(unknownVersion);
});

test("bytes after the end are refused", () => {
  const bytes = encodeResponse({ api: "Heartbeat", version: 4, correlationId: 1, body: {} });
  expect(() => decodeResponse("Heartbeat", 4, Uint8Array.of(...bytes, 0))).toThrow(invalid);
});

test("what a portal does: brokers get another address, all else stays", () => {
  const bytes = encodeResponse({
    api: "Metadata",
    version: 12,
    correlationId: 1,
    body: {
      brokers: [{ nodeId: 1, host: "kafka", port: 9092, unknownTags: [{ tag: 1, data: Uint8Array.of(1) }] }],
      topics: [{ name: "t", partitions: [{ partitionIndex: 0, leaderId: 1, replicaNodes: [1] }] }],
    },
  });
  const { body, ...rest } = decodeResponse("Metadata", 12, bytes);
  const brokers = body.brokers.map((broker) => ({ ...broker, host: "localhost", port: 1 }));
  const rewritten = decodeResponse("Metadata", 12, encodeResponse({ ...rest, body: { ...body, brokers } }));
  expect(rewritten.body).toEqual({ ...body, brokers });
});

describe("kafkajs", () => {
  const options = { correlationId: 1 };

  test("reads our Metadata", async () => {
    const body = {
      clusterId: "c",
      controllerId: 2,
      brokers: [{ nodeId: 2, host: "h", port: 9, rack: null }],
      topics: [
        { name: "t", partitions: [{ partitionIndex: 4, leaderId: 2, replicaNodes: [2], isrNodes: [2] }] },
      ],
    };
    for (let version = 2; version <= 6; version++) {
      const bytes = encodeResponse({ ...options, api: "Metadata", version, body });
      expect(await kafkajsResponse("metadata", version, bytes.subarray(4))).toMatchObject({
        clusterId: "c",
        controllerId: 2,
        brokers: [{ nodeId: 2, host: "h", port: 9 }],
        topicMetadata: [
          { topic: "t", partitionMetadata: [{ partitionId: 4, leader: 2, replicas: [2], isr: [2] }] },
        ],
      });
    }
  });

  test("reads our ApiVersions and Produce", async () => {
    const apiKeys = [{ apiKey: 3, minVersion: 1, maxVersion: 2 }];
    for (const version of [0, 1, 2]) {
      const bytes = encodeResponse({ ...options, api: "ApiVersions", version, body: { apiKeys } });
      expect(await kafkajsResponse("apiVersions", version, bytes.subarray(4))).toMatchObject({
        apiVersions: apiKeys,
      });
    }
    const responses = [{ name: "t", partitionResponses: [{ index: 1, errorCode: 0, baseOffset: 77n }] }];
    for (let version = 3; version <= 7; version++) {
      const bytes = encodeResponse({ ...options, api: "Produce", version, body: { responses } });
      expect(await kafkajsResponse("produce", version, bytes.subarray(4))).toMatchObject({
        topics: [{ topicName: "t", partitions: [{ partition: 1, baseOffset: "77" }] }],
      });
    }
  });
});
