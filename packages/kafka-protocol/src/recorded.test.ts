import { describe, expect, test } from "vitest";

import { recordedPairs } from "../testing/recorded.ts";
import { decodeRequest, encodeRequest } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";

describe.each(recordedPairs)("$api $version of real clients and brokers", (pair) => {
  test("request", () => {
    const request = decodeRequest(pair.request);
    expect(request).toMatchObject({ api: pair.api, version: pair.version });
    expect(encodeRequest(request)).toEqual(pair.request);
  });

  test("response", () => {
    const response = decodeResponse(pair.api, pair.version, pair.response);
    expect(response.version).toBe(pair.version);
    expect(encodeResponse(response)).toEqual(pair.response);
  });
});

test("what a broker says of itself", () => {
  const pair = recordedPairs.find(({ api, version }) => api === "Metadata" && version === 13)!;
  const { body } = decodeResponse("Metadata", 13, pair.response);
  expect(body.brokers).toEqual([{ nodeId: 1, host: "127.0.0.1", port: 19399, rack: null }]);
  expect(body.clusterId).toMatch(/^[\w-]{22}$/);
});

test("the versions that a broker offers", () => {
  const pair = recordedPairs.find(({ api, version }) => api === "ApiVersions" && version === 5)!;
  const { body } = decodeResponse("ApiVersions", 5, pair.response);
  expect(body.apiKeys.find(({ apiKey }) => apiKey === 0)).toEqual({
    apiKey: 0,
    minVersion: 0,
    maxVersion: 13,
  });
  expect(body.supportedFeatures.map(({ name }) => name)).toContain("transaction.version");
});
