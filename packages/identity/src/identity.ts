// change-history = [+ change]; identifier = hash of the first change. docs/protocol/identities.md, "Change history".
import { CborReader, CborWriter, concatBytes, equalBytes, isOckamError, OckamError } from "@ockam/codec";
import type { VerifyingVault } from "@ockam/vault";
import type { Change } from "./change.ts";
import { readChange } from "./change.ts";
import { MAX_CHANGE_HISTORY_LENGTH, MAX_CHANGES } from "./constants.ts";
import { Identifier } from "./identifier.ts";
import { IDENTITY_ERROR_CODES, invalidHistory } from "./identity-error.ts";

/**
 * How a history relates to the known one of the same identifier: `equal` has the same changes, `newer` continues
 * the known one, `older` is a beginning of it, and `conflict` differs from it at some change.
 */
export type Comparison = "equal" | "newer" | "older" | "conflict";

/**
 * A verified identity: every change names the one before, and is signed by its own key and by the key before.
 * There is no other way to get one than {@link Identity.verify}, so whoever holds an Identity need not check it.
 */
export class Identity {
  /** The hash of the first change. */
  readonly identifier: Identifier;
  /** All changes, oldest first, at least one. */
  readonly changes: readonly Change[];
  /** The newest change: its key is the identity's key. */
  readonly latest: Change;
  /** The history, byte for byte as received or stored. */
  readonly changeHistory: Uint8Array;

  private constructor(
    identifier: Identifier,
    changes: readonly Change[],
    latest: Change,
    changeHistory: Uint8Array,
  ) {
    this.identifier = identifier;
    this.changes = changes;
    this.latest = latest;
    this.changeHistory = changeHistory;
  }

  /**
   * Verifies a whole history. The clock plays no part: an identity does not expire, only what its keys attest.
   * @param changeHistory at most {@link MAX_CHANGE_HISTORY_LENGTH} bytes with at most {@link MAX_CHANGES} changes;
   * they are copied. Bytes after the history are ignored but kept, as they are no part of what is hashed.
   * @throws OckamError OCKAM_IDENTITY_INVALID_HISTORY when it breaks any rule, OCKAM_IDENTITY_UNEXPECTED when it is
   * valid but of another identifier than `options.expected`.
   */
  static verify(
    changeHistory: Uint8Array,
    vault: VerifyingVault,
    options: { expected?: Identifier } = {},
  ): Identity {
    const encoded = changeHistory.slice(0, MAX_CHANGE_HISTORY_LENGTH + 1);
    const changes = decode(encoded, vault);
    verifyChain(changes);
    verifySignatures(changes, vault);
    const first = changes[0]!;
    const identity = new Identity(new Identifier(first.hash), changes, changes.at(-1) ?? first, encoded);
    identity.expect(options.expected);
    return identity;
  }

  /**
   * Checks that this is the expected identity, if one is expected.
   * @throws OckamError OCKAM_IDENTITY_UNEXPECTED
   */
  expect(expected: Identifier | undefined): void {
    if (expected === undefined || expected.equals(this.identifier)) return;
    throw new OckamError(
      IDENTITY_ERROR_CODES.unexpected,
      `expected the identity ${expected.toString()}, got ${this.identifier.toString()}: ask its owner for the identifier again`,
    );
  }

  /** How this identity, just received, relates to what is known of it. Histories are compared by change hashes. */
  compare(known: Identity): Comparison {
    const shared = Math.min(this.changes.length, known.changes.length);
    for (let i = 0; i < shared; i++) {
      if (!equalBytes(this.changes[i]!.hash, known.changes[i]!.hash)) return "conflict";
    }
    if (this.changes.length === known.changes.length) return "equal";
    return this.changes.length > known.changes.length ? "newer" : "older";
  }
}

/** A history of the given encoded changes, whose bytes stay as they are. */
export function encodeChangeHistory(changes: readonly Uint8Array[]): Uint8Array {
  return concatBytes(new CborWriter(9).array(changes.length).finish(), ...changes);
}

function decode(encoded: Uint8Array, vault: VerifyingVault): readonly Change[] {
  if (encoded.length > MAX_CHANGE_HISTORY_LENGTH) {
    throw invalidHistory(`it is longer than ${MAX_CHANGE_HISTORY_LENGTH} bytes`);
  }
  try {
    const reader = new CborReader(encoded);
    const items = reader.array();
    const changes: Change[] = [];
    while (items.next()) {
      if (changes.length === MAX_CHANGES) throw invalidHistory(`it has more than ${MAX_CHANGES} changes`);
      changes.push(readChange(reader, encoded, vault));
    }
    items.end();
    if (changes.length === 0) throw invalidHistory("it has no change");
    return changes;
  } catch (error) {
    if (isOckamError(error, IDENTITY_ERROR_CODES.invalidHistory) || !isOckamError(error)) throw error;
    throw invalidHistory("it cannot be decoded", error);
  }
}

function verifyChain(changes: readonly Change[]): void {
  for (const [i, change] of changes.entries()) {
    const previous = changes[i - 1];
    if (previous === undefined) {
      if (change.previousHash !== undefined) throw invalidHistory("the first change names a predecessor");
      continue;
    }
    if (change.previousHash === undefined || !equalBytes(change.previousHash, previous.hash)) {
      throw invalidHistory(`change ${i} does not name change ${i - 1} as its predecessor`);
    }
    if (change.validFrom < previous.validFrom) {
      throw invalidHistory(`change ${i} becomes valid before change ${i - 1}`);
    }
  }
}

function verifySignatures(changes: readonly Change[], vault: VerifyingVault): void {
  for (const [i, change] of changes.entries()) {
    const previous = changes[i - 1];
    if (previous !== undefined) {
      const { previousSignature } = change;
      if (previousSignature === undefined) {
        throw invalidHistory(`change ${i} has no signature of the key of change ${i - 1}`);
      }
      if (!vault.verify(previous.publicKey, change.hash, previousSignature)) {
        throw invalidHistory(`change ${i} is not signed by the key of change ${i - 1}`);
      }
    }
    if (!vault.verify(change.publicKey, change.hash, change.signature)) {
      throw invalidHistory(`change ${i} is not signed by its own key`);
    }
  }
}
