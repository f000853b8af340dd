export { AUTHORITY_TIMEOUT, AuthorityClient, OWN_SERVICE_TIMEOUT } from "./authority-client.ts";
export type { AuthorityClientOptions, CallOptions, MemberOptions, TokenOptions } from "./authority-client.ts";
export { startAuthority } from "./authority.ts";
export type { AuthorityOptions, AuthorityProjectOptions, AuthorityServices } from "./authority.ts";
export { memoryMembershipStorage } from "./memory-membership-storage.ts";
export { isMember } from "./membership-storage.ts";
export type { MembershipStorage, Redemption, StoredMember, StoredToken } from "./membership-storage.ts";
export type { MembershipChange, MembershipChanges } from "./membership-changes.ts";
export type { Member } from "./member.ts";
export { decodeApiRequest, encodeApiRequest, MAX_PATH_LENGTH } from "./api-request.ts";
export type { ApiRequest, Method } from "./api-request.ts";
export {
  decodeApiError,
  decodeApiResponse,
  encodeApiError,
  encodeApiResponse,
  MAX_REASON_LENGTH,
} from "./api-response.ts";
export type { ApiResponse } from "./api-response.ts";
export { MAX_ACCESS_ROUTE_LENGTH } from "./project-registration.ts";
export type { ProjectRegistration } from "./project-registration.ts";
export type { AuthorityErrorCode } from "./authority-error.ts";
export * from "./constants.ts";
