import type { ApiName } from "./api.ts";

/**
 * APIs that carry records besides Produce and Fetch: to consumers of share groups, among controllers, and as a request within a request.
 * A proxy that changes records leaves those that it cannot change out of the versions that it offers.
 */
export const OTHER_RECORD_APIS: readonly ApiName[] = ["ShareFetch", "FetchSnapshot", "Envelope"];
