// What `echo` puts in front of the payload of somebody whom it does not allow. docs/protocol/sessions.md, "Detecting loss".
import { equalBytes } from "@ockam/codec";

/** Ten bytes that begin neither a CBOR value nor a BARE length: whoever expects a ping takes it for none. */
export const ECHO_DENIAL: Uint8Array = Uint8Array.of(
  0xff,
  0xff,
  0xff,
  0xff,
  0xff,
  0xff,
  0xff,
  0xff,
  0xff,
  0x7f,
);

/** The payload that was not echoed but denied; undefined for another one. */
export function deniedPing(payload: Uint8Array): Uint8Array | undefined {
  if (!equalBytes(payload.subarray(0, ECHO_DENIAL.length), ECHO_DENIAL)) return undefined;
  return payload.subarray(ECHO_DENIAL.length);
}
