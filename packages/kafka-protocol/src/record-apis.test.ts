import { expect, test } from "vitest";

import { API_NAMES } from "./api.ts";
import { REQUEST_SCHEMAS, RESPONSE_SCHEMAS } from "./generated/schemas.ts";
import { OTHER_RECORD_APIS } from "./record-apis.ts";
import type { FieldSchema } from "./schema.ts";

// A new Kafka release that carries records elsewhere must not go unnoticed.
test("every API with records is listed", () => {
  const found = API_NAMES.filter((api) =>
    [REQUEST_SCHEMAS[api], RESPONSE_SCHEMAS[api]].some(({ fields }) => hasRecords(fields)),
  );
  expect(found.toSorted()).toEqual(["Produce", "Fetch", ...OTHER_RECORD_APIS].toSorted());
});

/** A request within a request is called so by Kafka itself. */
function hasRecords(fields: readonly FieldSchema[]): boolean {
  return fields.some(
    ({ fields: inner = [], name, type }) => type === "records" || name === "requestData" || hasRecords(inner),
  );
}
