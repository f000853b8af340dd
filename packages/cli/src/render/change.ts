import { toHex } from "@ockam/codec";
import type { Identity } from "@ockam/identity";

import { boolean, named, string } from "../json-shape.ts";

/** One change of an identity, as `--output json` prints it, with the words of Rust's command. */
export interface ChangeDescription {
  readonly identifier: string;
  readonly primary_public_key: string;
  readonly revoke_all_purpose_keys: boolean;
}

/** The shape of a {@link ChangeDescription}. */
export const CHANGE = named("Change", {
  identifier: string("hex"),
  primary_public_key: string("its kind, and the key in hex"),
  revoke_all_purpose_keys: boolean(),
});

const KEY_TYPES = { ed25519: "EdDSACurve25519", p256: "ECDSASHA256CurveP256" } as const;

/** A change of an identity for programs. */
export function describeChange(change: Identity["latest"]): ChangeDescription {
  return {
    identifier: toHex(change.hash),
    primary_public_key: `${KEY_TYPES[change.publicKey.type]}: ${toHex(change.publicKey.bytes)}`,
    revoke_all_purpose_keys: change.revokeAllPurposeKeys,
  };
}
