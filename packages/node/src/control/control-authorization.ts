import { createHash, timingSafeEqual } from "node:crypto";

/** The header `authorization` of a call that shows a token. */
export function authorization(token: string): string {
  return `Bearer ${token}`;
}

/** Whether a header is {@link authorization} of the token. */
export function isAuthorized(header: string | undefined, token: string): boolean {
  // Only texts of one length can be compared in constant time.
  return timingSafeEqual(digest(header ?? ""), digest(authorization(token)));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
