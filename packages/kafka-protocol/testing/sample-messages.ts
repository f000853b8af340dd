import fc from "fast-check";

import { API_NAMES, apiVersions } from "../src/api.ts";
import type { ApiName, MessageKind } from "../src/api.ts";
import { REQUEST_SCHEMAS, RESPONSE_SCHEMAS } from "../src/generated/schemas.ts";
import { encodeRequest } from "../src/request.ts";
import { encodeResponse } from "../src/response.ts";
import { arbitraryBody } from "./arbitrary-message.ts";

/** Every API with each of its versions. */
export const ALL_VERSIONS: readonly (readonly [api: ApiName, version: number])[] = API_NAMES.flatMap(
  (api) => {
    const range = apiVersions(api);
    if (range === undefined) return [];
    return Array.from({ length: range.max - range.min + 1 }, (_, index) => [api, range.min + index] as const);
  },
);

/** Whole messages with correlation id 1 and any bodies that the schema allows; always the same ones. */
export function sampleMessages(
  kind: MessageKind,
  api: ApiName,
  version: number,
  count: number,
): readonly Uint8Array[] {
  const schemas = kind === "request" ? REQUEST_SCHEMAS : RESPONSE_SCHEMAS;
  const bodies = fc.sample(arbitraryBody(schemas[api], version), { numRuns: count, seed: 23 });
  const encode = kind === "request" ? encodeRequest : encodeResponse;
  return bodies.map((body) => encode({ api, version, correlationId: 1, body }));
}
