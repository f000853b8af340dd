import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { arbitraryBody } from "../testing/arbitrary-message.ts";
import { API_NAMES, apiVersions } from "./api.ts";
import {
  BROKER_ADDRESS_APIS,
  brokerAddresses,
  mapBrokerAddresses,
  OTHER_ADDRESS_APIS,
} from "./broker-addresses.ts";
import type { BrokerAddress } from "./broker-addresses.ts";
import { REQUEST_SCHEMAS, RESPONSE_SCHEMAS } from "./generated/schemas.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import type { KafkaResponse } from "./response.ts";
import type { FieldSchema } from "./schema.ts";

// A new Kafka release that puts addresses elsewhere must not go unnoticed.
test("every API with a host and a port is listed", () => {
  const inResponses = API_NAMES.filter((api) => hasAddress(RESPONSE_SCHEMAS[api].fields));
  const inRequests = API_NAMES.filter((api) => hasAddress(REQUEST_SCHEMAS[api].fields));
  const listed = [...BROKER_ADDRESS_APIS, ...OTHER_ADDRESS_APIS];
  expect([...new Set([...inResponses, ...inRequests])].toSorted()).toEqual(listed.toSorted());
  expect(inRequests.filter((api) => BROKER_ADDRESS_APIS.includes(api))).toEqual([]);
});

describe.each(BROKER_ADDRESS_APIS)("%s", (api) => {
  const { min, max } = apiVersions(api)!;
  const versions = Array.from({ length: max - min + 1 }, (_, index) => min + index);

  test.each(versions)("version %i: no address is left as it was", (version) => {
    const body = fc.sample(arbitraryBody(RESPONSE_SCHEMAS[api], version), { numRuns: 20, seed: 11 });
    for (const generated of body) {
      const response = decoded(api, version, generated);
      const known = addressesOf(response.body);
      expect(known).toEqual(brokerAddresses(response));
      const mapped = mapBrokerAddresses(response, ({ nodeId }) => ({ host: "proxy", port: nodeId & 0xff }));
      expect(addressesOf(decoded(api, version, mapped.body).body)).toEqual(
        known.map(({ nodeId }) => ({ nodeId, host: "proxy", port: nodeId & 0xff })),
      );
      expect(mapBrokerAddresses(response, (broker) => broker)).toEqual(response);
    }
  });
});

test("a coordinator that was not found has no address", () => {
  const none = { nodeId: -1, host: "", port: -1 };
  const old = decoded("FindCoordinator", 3, { ...none, errorCode: 15 });
  const found = { key: "b", nodeId: 2, host: "h", port: 1 };
  const many = decoded("FindCoordinator", 6, { coordinators: [{ ...none, key: "a", errorCode: 15 }, found] });
  expect(brokerAddresses(old)).toEqual([]);
  expect(brokerAddresses(many)).toEqual([{ nodeId: 2, host: "h", port: 1 }]);
});

test("other responses are returned as they are", () => {
  const response = decoded("Heartbeat", 4, {});
  expect(mapBrokerAddresses(response, () => ({ host: "x", port: 1 }))).toBe(response);
});

function decoded(api: KafkaResponse["api"], version: number, body: object): KafkaResponse {
  return decodeResponse(api, version, encodeResponse({ api, version, correlationId: 1, body }));
}

/** All that looks like an address, wherever it is. */
function addressesOf(value: unknown): readonly BrokerAddress[] {
  if (Array.isArray(value)) return value.flatMap(addressesOf);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  const struct = value as Readonly<Record<string, unknown>>;
  const { host, port, nodeId = struct["brokerId"] } = struct;
  const isAddress = typeof host === "string" && typeof port === "number" && !isNoCoordinator(struct);
  const own = isAddress ? [{ nodeId: Number(nodeId), host, port }] : [];
  return [...own, ...Object.values(struct).flatMap(addressesOf)];
}

/** One that was not found, and the single one where the version has a list instead. */
function isNoCoordinator(struct: Readonly<Record<string, unknown>>): boolean {
  const isSingle = "coordinators" in struct;
  if (isSingle && struct["host"] === "" && struct["port"] === 0) return true;
  return (isSingle || "key" in struct) && Number(struct["nodeId"]) < 0;
}

function hasAddress(fields: readonly FieldSchema[]): boolean {
  const names = new Set(fields.map((field) => field.name));
  return (names.has("host") && names.has("port")) || fields.some((field) => hasAddress(field.fields ?? []));
}
