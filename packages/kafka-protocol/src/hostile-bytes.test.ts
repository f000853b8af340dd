import fc from "fast-check";
import { isOckamError } from "@ockam/codec";
import { expect, test } from "vitest";

import { arbitraryMutation } from "../testing/arbitrary-mutation.ts";
import { recordedPairs, recordedSets } from "../testing/recorded.ts";
import { ALL_VERSIONS, sampleMessages } from "../testing/sample-messages.ts";
import { SCALE } from "../testing/scale.ts";
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

test.each(ALL_VERSIONS)("%s %i: mutations are read or refused", (api, version) => {
  const [request] = sampleMessages("request", api, version, 1);
  const [response] = sampleMessages("response", api, version, 1);
  for (const mutate of samples.slice(0, 10 * SCALE)) {
    tried(() => decodeRequest(mutate(request!)));
    tried(() => decodeResponse(api, version, mutate(response!)));
  }
});

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
