import { expect, test } from "vitest";

import { recordedPairs } from "../testing/recorded.ts";
import { knownVersions } from "./offered-versions.ts";
import { decodeResponse } from "./response.ts";

test("the overlap of the broker's versions and ours", () => {
  const unknownTags = [{ tag: 1, data: Uint8Array.of(1) }];
  expect(
    knownVersions([
      { apiKey: 1, minVersion: 0, maxVersion: 99, unknownTags },
      { apiKey: 3, minVersion: 2, maxVersion: 8 },
    ]),
  ).toEqual([
    { apiKey: 1, minVersion: 4, maxVersion: 18, unknownTags },
    { apiKey: 3, minVersion: 2, maxVersion: 8 },
  ]);
});

test("what is left out: unknown APIs, withdrawn ones, versions that we do not have", () => {
  expect(
    knownVersions([
      { apiKey: 9999, minVersion: 0, maxVersion: 1 },
      { apiKey: 6, minVersion: 0, maxVersion: 8 },
      { apiKey: 1, minVersion: 0, maxVersion: 3 },
      { apiKey: 3, minVersion: 77, maxVersion: 78 },
    ]),
  ).toEqual([]);
});

test("Produce begins where the broker says", () => {
  const produce = { apiKey: 0, minVersion: 0, maxVersion: 13 };
  expect(knownVersions([produce])).toEqual([produce]);
  expect(knownVersions([{ ...produce, maxVersion: 2 }])).toEqual([]);
});

test("a broker of our release offers nothing that we do not know", () => {
  const { response } = recordedPairs.find(({ api, version }) => api === "ApiVersions" && version === 5)!;
  const { apiKeys } = decodeResponse("ApiVersions", 5, response).body;
  expect(apiKeys.length).toBeGreaterThan(70);
  expect(knownVersions(apiKeys)).toEqual(apiKeys);
});
