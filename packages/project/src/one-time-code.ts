import { expectBytes, fromHex, isOckamError } from "@ockam/codec";

import { ONE_TIME_CODE_LENGTH } from "./limits.ts";
import { invalidTicket } from "./project-error.ts";

/** The one-time code of its hex. @throws OckamError OCKAM_PROJECT_INVALID_TICKET */
export function parseOneTimeCode(hex: string): Uint8Array {
  try {
    const code = fromHex(hex.trim());
    if (code.length === ONE_TIME_CODE_LENGTH) return code;
  } catch (error) {
    if (!isOckamError(error, "OCKAM_CODEC_INVALID_HEX")) throw error;
  }
  throw invalidTicket(`its one-time code is not ${2 * ONE_TIME_CODE_LENGTH} hex digits`);
}

/** Checks a one-time code that is to be written. @throws TypeError, RangeError */
export function expectOneTimeCode(code: Uint8Array): Uint8Array {
  return expectBytes(code, ONE_TIME_CODE_LENGTH, "oneTimeCode");
}
