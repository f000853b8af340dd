// What an owner and a relay service say to each other. docs/protocol/relays.md, "Registration".
import { concatBytes, decodeBareString, encodeBareString, encodeUtf8, isOckamError } from "@ockam/codec";

import { nodeError } from "../node-error.ts";

/** The address of the service that registers relays. */
export const RELAY_SERVICE = "forwarding_service";
/** Its other address: the one that owners use who choose a name. */
export const STATIC_RELAY_SERVICE = "static_forwarding_service";
/** In front of the name in the address of every relay. */
export const RELAY_PREFIX = "forward_to_";
/** The name that asks for one that the service chooses. */
export const RANDOM_NAME = "register";
/** The longest name of a relay, in bytes of UTF-8. */
export const MAX_RELAY_NAME_LENGTH = 512;

/** Why a service does not register a relay. */
export type RelayRefusal =
  | "invalid-name"
  | "name-taken"
  | "no-way-back"
  | "not-authorized"
  | "too-many-relays";

const REASONS: Readonly<Record<RelayRefusal, string>> = {
  "invalid-name": "it does not take that name",
  "name-taken": "the name belongs to somebody else at present",
  "no-way-back": "it sees no way back to this node",
  "not-authorized":
    "this node may not have a relay of that name there: its credential is missing, has expired or does not say so",
  "too-many-relays": "it has as many relays as it takes",
};

/** A length that is none, in ten bytes: whoever expects a BARE string fails at it, a name or not. */
const REFUSAL_MARK = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);

/** Whether a relay can have that name: not empty, within {@link MAX_RELAY_NAME_LENGTH}, no `#`, no control characters. */
export function isRelayName(name: string): boolean {
  // A second "#" in an address ends a Rust node, so that one alone is not let through either.
  return name !== "" && !/[#\p{Cc}]/u.test(name) && encodeUtf8(name).length <= MAX_RELAY_NAME_LENGTH;
}

/** @throws OckamError OCKAM_NODE_INVALID_NAME unless {@link isRelayName} */
export function expectRelayName(name: string): void {
  if (isRelayName(name)) return;
  throw nodeError(
    "INVALID_NAME",
    `${JSON.stringify(name.slice(0, MAX_RELAY_NAME_LENGTH))} is no name for a relay: use up to ` +
      `${MAX_RELAY_NAME_LENGTH} bytes without "#" and control characters`,
  );
}

/** The text of a request or a confirmation; undefined when it is none. */
export function readRelayText(payload: Uint8Array): string | undefined {
  try {
    return decodeBareString(payload);
  } catch (error) {
    if (isOckamError(error)) return undefined;
    throw error;
  }
}

/** The answer to a registration that is refused: {@link REFUSAL_MARK} and the reason as a BARE string. */
export function writeRefusal(reason: RelayRefusal): Uint8Array {
  return concatBytes(REFUSAL_MARK, encodeBareString(reason));
}

/** Why a registration was refused, in words; undefined when the payload does not say so. */
export function readRefusal(payload: Uint8Array): string | undefined {
  if (!REFUSAL_MARK.every((byte, index) => payload[index] === byte)) return undefined;
  const reason = readRelayText(payload.subarray(REFUSAL_MARK.length));
  // What a later version may say is not repeated: it is a peer's text.
  return reason !== undefined && Object.hasOwn(REASONS, reason)
    ? REASONS[reason as RelayRefusal]
    : "it gives a reason that is not known here";
}
