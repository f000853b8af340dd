import { describe, expect, test } from "vitest";

import { kafkajsRequest } from "../testing/kafkajs.ts";
import { MAX_MESSAGE_STRUCTS } from "./limits.ts";
import { decodeRequest, decodeRequestHeader, encodeRequest, peekRequest } from "./request.ts";
import { ZERO_UUID } from "./uuid.ts";

const invalid = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE" });
const unknownApi = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_API" });
const unknownVersion = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION" });

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

describe("headers", () => {
  test("version 1 without tagged fields", () => {
    const bytes = encodeRequest({ api: "Metadata", version: 8, correlationId: 7, clientId: "me", body: {} });
    expect(bytes.subarray(0, 12)).toEqual(hex("0003 0008 00000007 0002 6d65"));
    expect(decodeRequestHeader(bytes)).toEqual({
      api: "Metadata",
      apiKey: 3,
      apiVersion: 8,
      correlationId: 7,
      clientId: "me",
      length: 12,
    });
  });

  test("version 2 in flexible versions: the client id keeps its old form, and tags follow", () => {
    const headerTags = [{ tag: 5, data: Uint8Array.of(1) }];
    const bytes = encodeRequest({ api: "Metadata", version: 9, correlationId: 7, headerTags, body: {} });
    expect(bytes.subarray(0, 14)).toEqual(hex("0003 0009 00000007 ffff 01 05 01 01"));
    expect(decodeRequest(bytes)).toMatchObject({ clientId: null, headerTags });
    expect(encodeRequest(decodeRequest(bytes))).toEqual(bytes);
  });

  test("of versions that come after ours", () => {
    const header = hex("0012 0063 00000009 0001 78 00 ffff");
    expect(decodeRequestHeader(header)).toMatchObject({ api: "ApiVersions", apiVersion: 99, clientId: "x" });
    expect(() => decodeRequest(header)).toThrow(unknownVersion);
  });

  test("of APIs that nobody knows, or not any more", () => {
    const unknown = hex("7000 0000 00000009 ffff");
    expect(peekRequest(unknown)).toEqual({ apiKey: 0x7000, apiVersion: 0, correlationId: 9 });
    expect(() => decodeRequestHeader(unknown)).toThrow(unknownApi);
    expect(() => decodeRequestHeader(hex("0004 0000 00000009 ffff"))).toThrow(unknownApi);
  });

  test("that are too short", () => {
    expect(() => peekRequest(new Uint8Array(7))).toThrow(invalid);
  });
});

describe("bodies", () => {
  const base = { correlationId: 1, clientId: null };

  test("what is left out has its default", () => {
    const bytes = encodeRequest({ ...base, api: "Metadata", version: 12, body: { topics: null } });
    const request = decodeRequest(bytes);
    expect(request.body).toEqual({
      topics: null,
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    });
    if (request.api !== "Metadata") throw new TypeError("narrowed by its api");
    expect(request.body.topics).toBeNull();
  });

  test("tagged fields: known ones when they are not the default, unknown ones always", () => {
    const plain = { ...base, api: "Fetch", version: 17 } as const;
    const without = encodeRequest({ ...plain, body: { clusterId: null, replicaState: { replicaId: -1 } } });
    const state = { replicaId: 3, replicaEpoch: 4n };
    const unknownTags = [{ tag: 77, data: Uint8Array.of(9, 9) }];
    const bytes = encodeRequest({ ...plain, body: { clusterId: "c", replicaState: state, unknownTags } });
    // Three fields: 0 (2 bytes), 1 (a struct of 13 bytes), 77 (2 bytes).
    expect(bytes.subarray(without.length - 1)).toEqual(
      hex("03 00 02 0263 01 0d 00000003 0000000000000004 00 4d 02 0909"),
    );
    expect(decodeRequest(bytes).body).toMatchObject({ clusterId: "c", replicaState: state, unknownTags });
    expect(decodeRequest(without).body).toMatchObject({ clusterId: null, replicaState: { replicaId: -1 } });
  });

  test("a known tagged field must be as long as it says", () => {
    const body = { clusterId: "c" };
    const bytes = encodeRequest({ ...base, api: "Fetch", version: 17, body });
    // One field, 0, of two bytes: a length and "c".
    expect(bytes.subarray(-5)).toEqual(hex("01 00 02 0263"));
    const head = bytes.subarray(0, -5);
    for (const tagged of ["02 00 03 0263 07 01 aa", "01 00 01 0263"]) {
      expect(() => decodeRequest(new Uint8Array([...head, ...hex(tagged)]))).toThrow(invalid);
    }
  });

  test("a tagged struct that differs from the default in an unknown tag alone", () => {
    const replicaState = {
      replicaId: -1,
      replicaEpoch: -1n,
      unknownTags: [{ tag: 8, data: Uint8Array.of(1) }],
    };
    const bytes = encodeRequest({ ...base, api: "Fetch", version: 17, body: { replicaState } });
    expect(decodeRequest(bytes).body).toMatchObject({ replicaState });
  });

  test("a value that its version cannot say", () => {
    const topics = [{ topicId: "AAAAAAAAAAAAAAAAAAAAAQ", name: "t" }];
    expect(() =>
      encodeRequest({ ...base, api: "Fetch", version: 4, body: { topics: [{ topicId: ZERO_UUID }] } }),
    ).not.toThrow();
    expect(() => encodeRequest({ ...base, api: "Metadata", version: 9, body: { topics } })).not.toThrow();
    const groups = { ...base, api: "FindCoordinator", version: 3 } as const;
    expect(() => encodeRequest({ ...groups, body: { key: "g", coordinatorKeys: ["g"] } })).toThrow(
      /^"coordinatorKeys" this version has no such field/,
    );
    expect(() =>
      encodeRequest({ ...groups, version: 2, body: { unknownTags: [{ tag: 1, data: new Uint8Array(0) }] } }),
    ).toThrow(RangeError);
  });

  test("mistakes name their place", () => {
    const metadata = { ...base, api: "Metadata", version: 12 } as const;
    const wrong = (topic: object): (() => Uint8Array) => {
      return () => encodeRequest({ ...metadata, body: { topics: [topic] } });
    };
    expect(wrong({ name: 5 })).toThrow(new TypeError('"topics.name" expected a string or null'));
    expect(wrong({ name: "x".repeat(0x8000) })).toThrow(RangeError);
    expect(wrong({ topicId: "no" })).toThrow(RangeError);
    const timeout = (timeoutMs: number): (() => Uint8Array) => {
      return () => encodeRequest({ ...base, api: "Produce", version: 9, body: { timeoutMs } });
    };
    expect(timeout(1.5)).toThrow(new TypeError('"timeoutMs" expected an integer'));
    expect(timeout(2 ** 31)).toThrow(RangeError);
    expect(() => encodeRequest({ ...metadata, version: 99, body: {} })).toThrow(unknownVersion);
  });

  test("a tag twice, or out of order, is neither read nor written", () => {
    const tag = { tag: 7, data: new Uint8Array(0) };
    const body = { unknownTags: [tag, tag] };
    expect(() => encodeRequest({ ...base, api: "Metadata", version: 9, body })).toThrow(RangeError);
    const good = encodeRequest({ ...base, api: "ListGroups", version: 3, body: {} });
    expect(good.at(-1)).toBe(0);
    const head = [...good.subarray(0, -1)];
    expect(() => decodeRequest(Uint8Array.of(...head, 2, 7, 0, 7, 0))).toThrow(invalid);
    expect(() => decodeRequest(Uint8Array.of(...head, 2, 8, 0, 7, 0))).toThrow(invalid);
    expect(() => decodeRequest(Uint8Array.of(...head, 2, 7, 0, 8, 0))).not.toThrow();
  });

  test("bytes after the end are refused", () => {
    const bytes = encodeRequest({ ...base, api: "Metadata", version: 12, body: {} });
    expect(() => decodeRequest(Uint8Array.of(...bytes, 0))).toThrow(invalid);
  });

  test("MAX_MESSAGE_STRUCTS: a message of empty topics does not become a hundred times as large", () => {
    const start = encodeRequest({ ...base, api: "DescribeConfigs", version: 1, body: {} });
    // Before a byte at the end there is the count of resources, of seven bytes each.
    const bytes = new Uint8Array(start.length + 7 * (MAX_MESSAGE_STRUCTS + 1));
    bytes.set(start);
    const view = new DataView(bytes.buffer);
    view.setInt32(start.length - 5, 3);
    expect(decodeRequest(bytes.subarray(0, start.length + 21)).body).toMatchObject({
      resources: [{ resourceName: "" }, {}, {}],
    });
    view.setInt32(start.length - 5, MAX_MESSAGE_STRUCTS + 1);
    expect(() => decodeRequest(bytes)).toThrow(/more than 1000000 structs/);
  });
});

describe("kafkajs", () => {
  test("Metadata", async () => {
    for (let version = 1; version <= 6; version++) {
      const bytes = await kafkajsRequest("metadata", version, {
        topics: ["a", "b"],
        allowAutoTopicCreation: true,
      });
      const request = decodeRequest(bytes);
      expect(request).toMatchObject({ api: "Metadata", version, correlationId: 7, clientId: "kafkajs" });
      expect(request.body).toMatchObject({ topics: [{ name: "a" }, { name: "b" }] });
      expect(encodeRequest(request)).toEqual(bytes);
    }
  });

  test("FindCoordinator, ListOffsets and Fetch", async () => {
    const coordinator = decodeRequest(
      await kafkajsRequest("findCoordinator", 2, { groupId: "g", coordinatorType: 1 }),
    );
    expect(coordinator.body).toMatchObject({ key: "g", keyType: 1 });
    const partitions = [
      { partition: 3, timestamp: "-1", fetchOffset: "5", maxBytes: 9, currentLeaderEpoch: 2 },
    ];
    const topics = [{ topic: "t", partitions }];
    for (const version of [1, 2, 3]) {
      const bytes = await kafkajsRequest("listOffsets", version, {
        replicaId: -1,
        isolationLevel: 1,
        topics,
      });
      expect(decodeRequest(bytes).body).toMatchObject({
        replicaId: -1,
        topics: [{ name: "t", partitions: [{ partitionIndex: 3, timestamp: -1n }] }],
      });
      expect(encodeRequest(decodeRequest(bytes))).toEqual(bytes);
    }
    for (let version = 4; version <= 11; version++) {
      const options = { replicaId: -1, maxWaitTime: 1, minBytes: 2, maxBytes: 3, isolationLevel: 1, topics };
      const bytes = await kafkajsRequest("fetch", version, { ...options, rackId: "r" });
      expect(decodeRequest(bytes).body).toMatchObject({
        maxWaitMs: 1,
        topics: [{ topic: "t", partitions: [{ partition: 3, fetchOffset: 5n, partitionMaxBytes: 9 }] }],
      });
      expect(encodeRequest(decodeRequest(bytes))).toEqual(bytes);
    }
  });
});
