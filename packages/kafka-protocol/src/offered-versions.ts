import { API_KEYS } from "./generated/schemas.ts";
import { apiName, apiVersions } from "./api.ts";
import type { ApiVersionsResponse } from "./generated/messages.ts";

/** What a broker says of one API. */
export type OfferedVersions = ApiVersionsResponse["apiKeys"][number];

/**
 * Of the APIs and versions that a broker offers in its ApiVersions response, those that this package reads and writes: what a proxy can
 * offer to its clients. APIs without a common version are left out.
 *
 * Produce keeps the broker's lowest version: brokers offer 0, which they refuse, because librdkafka takes a broker that does not for
 * one that cannot compress (KAFKA-18659).
 */
export function knownVersions(offered: readonly OfferedVersions[]): readonly OfferedVersions[] {
  return offered.flatMap((range) => {
    const api = apiName(range.apiKey);
    const known = api === undefined ? undefined : apiVersions(api);
    if (known === undefined) return [];
    const lowest = Math.max(range.minVersion, known.min);
    const maxVersion = Math.min(range.maxVersion, known.max);
    if (lowest > maxVersion) return [];
    const minVersion = range.apiKey === API_KEYS.Produce ? range.minVersion : lowest;
    return [{ ...range, minVersion, maxVersion }];
  });
}
