import fc from "fast-check";
import { isOckamError } from "@ockam/codec";
import { expect, test } from "vitest";

import { arbitraryBody } from "../testing/arbitrary-message.ts";
import { recordedPairs, recordedSets } from "../testing/recorded.ts";
import { SCALE } from "../testing/scale.ts";
import { API_NAMES, apiVersions, bodyCodec } from "./api.ts";
import { REQUEST_SCHEMAS, RESPONSE_SCHEMAS } from "./generated/schemas.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { decodeRecordSet } from "./record-set.ts";
import { decodeRequest } from "./request.ts";
import { decodeResponse } from "./response.ts";

const MUTATIONS = 60 * SCALE;
const samples = fc.sample(arbitraryMutation(), { numRuns: MUTATIONS, seed: 7 });

test.each(recordedPairs)(
  "$api $version: every truncation is refused",
  ({ api, version, request, response }) => {
    for (const length of lengths(request)) refused(() => decodeRequest(request.subarray(0, length)));
    for (const length of lengths(response)) {
      refused(() => decodeResponse(api, version, response.subarray(0, length)));
    }
  },
);

test.each(recordedPairs)(
  "$api $version: mutations are read or refused",
  ({ api, version, request, response }) => {
    for (const mutate of samples) {
      tried(() => decodeRequest(mutate(request)));
      tried(() => decodeResponse(api, version, mutate(response)));
    }
  },
);

test.each(API_NAMES.filter((api) => apiVersions(api) !== undefined))(
  "newest %s: mutations are read or refused",
  (api) => {
    const version = apiVersions(api)!.max;
    for (const [kind, schemas] of [
      ["request", REQUEST_SCHEMAS],
      ["response", RESPONSE_SCHEMAS],
    ] as const) {
      const codec = bodyCodec(kind, api, version);
      for (const body of fc.sample(arbitraryBody(schemas[api], version), { numRuns: 2, seed: 7 })) {
        const writer = new KafkaWriter();
        codec.write(writer, body);
        for (const mutate of samples) tried(() => codec.read(new KafkaReader(mutate(writer.finish()))));
      }
    }
  },
);

test.each([...recordedSets])("record set %s: truncations and mutations are read or refused", (_, set) => {
  for (const length of lengths(set)) tried(() => readAll(set.subarray(0, length)));
  for (const mutate of samples) tried(() => readAll(mutate(set)));
});

// Behind a checksum that matches: what a peer writes on purpose.
test.each([...recordedSets])("record set %s: what is behind the checksum, too", (_, set) => {
  for (const batch of decodeRecordSet(set).batches) {
    batch.verify = () => {};
    const content = batch.bytes.subarray(batch.magic === 2 ? 21 : 17);
    for (const mutate of samples) {
      const before = content.slice();
      content.set(mutate(before).subarray(0, content.length));
      tried(() => batch.records());
      content.set(before);
    }
  }
});

function readAll(set: Uint8Array): void {
  for (const batch of decodeRecordSet(set).batches) batch.records();
}

/** All lengths of a short message, some of a long one. */
function lengths(bytes: Uint8Array): readonly number[] {
  const step = Math.max(1, Math.floor(bytes.length / (200 * SCALE)));
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) => index * step);
}

function refused(decode: () => unknown): void {
  expect(decode).toThrow(expect.objectContaining({ code: expect.stringMatching(/^OCKAM_KAFKA_PROTOCOL_/) }));
}

function tried(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!isOckamError(error)) throw error;
  }
}

/** Changes some bytes, often to those that make lengths and counts large, or puts some in or takes some out. */
function arbitraryMutation(): fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> {
  const byte = fc.oneof(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff), fc.nat({ max: 255 }));
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    kind: fc.constantFrom("set", "set", "set", "insert", "remove"),
    bytes: fc.array(byte, { minLength: 1, maxLength: 5 }),
  });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => (original) => {
    let result = [...original];
    for (const { at, kind, bytes } of changes) {
      const index = Math.floor(at * result.length);
      const removed = kind === "insert" ? 0 : bytes.length;
      result.splice(index, removed, ...(kind === "remove" ? [] : bytes));
    }
    return Uint8Array.from(result);
  });
}
