import { concatBytes, encodeUtf8, toHex } from "@ockam/codec";
import type { VerifyingVault } from "@ockam/vault";
import {
  VERIFIED_ATTESTATIONS_CAPACITY,
  VERIFIED_HISTORIES_CAPACITY,
  VERIFIED_HISTORIES_MAX_BYTES,
} from "./constants.ts";
import { invalidAttestation } from "./identity-error.ts";
import { Identity } from "./identity.ts";
import type { UnverifiedAttestation } from "./purpose-key-attestation.ts";

/** Bounds of a {@link VerificationCache}; the constants of the same names by default. */
export interface VerificationCacheLimits {
  readonly histories?: number;
  readonly historyBytes?: number;
  readonly attestations?: number;
}

/**
 * Remembers which bytes have passed their signature checks, so that a peer who returns costs none. A key is the
 * SHA-256 of everything that the result depends on, only successes are kept, and whatever depends on the clock, the
 * storage or the caller's expectation is checked anew each time: a hit proves exactly what a check would.
 * The entry that was unused for longest makes room.
 */
export class VerificationCache {
  readonly #vault: VerifyingVault;
  readonly #limits: Required<VerificationCacheLimits>;
  readonly #histories = new Map<string, Identity>();
  readonly #attestations = new Set<string>();
  #historyBytes = 0;

  constructor(vault: VerifyingVault, limits: VerificationCacheLimits = {}) {
    this.#vault = vault;
    this.#limits = {
      histories: limits.histories ?? VERIFIED_HISTORIES_CAPACITY,
      historyBytes: limits.historyBytes ?? VERIFIED_HISTORIES_MAX_BYTES,
      attestations: limits.attestations ?? VERIFIED_ATTESTATIONS_CAPACITY,
    };
  }

  /** The number of remembered histories, their bytes together, and the number of remembered attestations. */
  get size(): Readonly<Required<VerificationCacheLimits>> {
    return {
      histories: this.#histories.size,
      historyBytes: this.#historyBytes,
      attestations: this.#attestations.size,
    };
  }

  /**
   * As {@link Identity.verify} without an expectation.
   * @throws OckamError OCKAM_IDENTITY_INVALID_HISTORY
   */
  verifyHistory(changeHistory: Uint8Array): Identity {
    const key = toHex(this.#vault.sha256(changeHistory));
    const known = this.#histories.get(key);
    if (known !== undefined) {
      this.#histories.delete(key);
      this.#histories.set(key, known);
      return known;
    }
    const identity = Identity.verify(changeHistory, this.#vault);
    this.#histories.set(key, identity);
    this.#historyBytes += identity.changeHistory.length;
    for (const [oldest, { changeHistory: forgotten }] of this.#histories) {
      const { histories, historyBytes } = this.#limits;
      if (this.#histories.size <= histories && this.#historyBytes <= historyBytes) break;
      this.#histories.delete(oldest);
      this.#historyBytes -= forgotten.length;
    }
    return identity;
  }

  /**
   * Checks that the newest key of `identity` signed the attestation.
   * @throws OckamError OCKAM_IDENTITY_INVALID_ATTESTATION
   */
  verifyAttestationSignature(attestation: UnverifiedAttestation, identity: Identity): void {
    const { data, signature } = attestation;
    const { publicKey } = identity.latest;
    const hash = this.#vault.sha256(data);
    // The types fix the lengths of what follows, so that two different triples never give one key.
    const types = encodeUtf8(`${publicKey.type} ${signature.type} `);
    const key = toHex(this.#vault.sha256(concatBytes(types, publicKey.bytes, signature.bytes, hash)));
    if (this.#attestations.delete(key)) {
      this.#attestations.add(key);
      return;
    }
    if (!this.#vault.verify(publicKey, hash, signature)) {
      throw invalidAttestation(`the newest key of ${identity.identifier.toString()} did not sign it`);
    }
    this.#attestations.add(key);
    for (const oldest of this.#attestations) {
      if (this.#attestations.size <= this.#limits.attestations) break;
      this.#attestations.delete(oldest);
    }
  }
}
