import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { arbitraryBody } from "../testing/arbitrary-message.ts";
import { SCALE } from "../testing/scale.ts";
import { API_NAMES, apiKey, apiName, apiVersions, bodyCodec, isFlexible } from "./api.ts";
import type { ApiName, MessageKind } from "./api.ts";
import { REQUEST_SCHEMAS, RESPONSE_SCHEMAS } from "./generated/schemas.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { hasVersion } from "./schema.ts";
import type { FieldSchema } from "./schema.ts";
import { StructCodec } from "./struct-codec.ts";

const WITHDRAWN = ["LeaderAndIsr", "StopReplica", "UpdateMetadata", "ControlledShutdown"];

const codecs = API_NAMES.flatMap((api) => {
  const range = apiVersions(api);
  if (range === undefined) return [];
  const versions = Array.from({ length: range.max - range.min + 1 }, (_, index) => range.min + index);
  return (["request", "response"] as const).map((kind) => ({ api, kind, versions }));
});

test("all APIs are there, four by their key alone", () => {
  expect(API_NAMES.length).toBe(95);
  expect(API_NAMES.filter((api) => apiVersions(api) === undefined)).toEqual(WITHDRAWN);
  for (const api of API_NAMES) expect(apiName(apiKey(api))).toBe(api);
  expect(apiName(9999)).toBeUndefined();
});

test.each(API_NAMES)("request and response of %s have the same versions", (api) => {
  expect(RESPONSE_SCHEMAS[api].versions).toBe(REQUEST_SCHEMAS[api].versions);
  expect(RESPONSE_SCHEMAS[api].flexible).toBe(REQUEST_SCHEMAS[api].flexible);
});

describe.each(codecs)("$api $kind", ({ api, kind, versions }) => {
  test("round trip in every version", () => {
    for (const version of versions) roundTrip(api, kind, version);
  });

  // What a count may announce is bounded by the bytes that are left: no element may take none.
  test("no element of an array is empty", () => {
    for (const version of versions) {
      const flexible = isFlexible(api, version);
      for (const field of arraysOfStructs(schemaOf(api, kind).fields, version)) {
        expect(new StructCodec(field.fields!, version, flexible).minimum, field.name).toBeGreaterThan(0);
      }
    }
  });
});

function arraysOfStructs(fields: readonly FieldSchema[], version: number): readonly FieldSchema[] {
  const present = fields.filter((field) => hasVersion(field.versions, version));
  const inner = present.flatMap((field) => arraysOfStructs(field.fields ?? [], version));
  return [...present.filter((field) => field.type === "[]struct"), ...inner];
}

function roundTrip(api: ApiName, kind: MessageKind, version: number): void {
  const codec = bodyCodec(kind, api, version);
  fc.assert(
    fc.property(arbitraryBody(schemaOf(api, kind), version), (body) => {
      const writer = new KafkaWriter();
      codec.write(writer, body);
      const bytes = writer.finish();
      expect(bytes.length).toBeGreaterThanOrEqual(codec.minimum);
      const reader = new KafkaReader(bytes);
      expect(codec.read(reader)).toEqual(body);
      reader.end();
    }),
    { numRuns: 3 * SCALE },
  );
}

function schemaOf(api: ApiName, kind: MessageKind): (typeof REQUEST_SCHEMAS)[ApiName] {
  return (kind === "request" ? REQUEST_SCHEMAS : RESPONSE_SCHEMAS)[api];
}
