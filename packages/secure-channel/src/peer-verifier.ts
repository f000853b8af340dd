// Who the peer is, and what an authority says about it. docs/protocol/secure-channels.md, "Verifying the peer".
import { equalBytes, silentLog } from "@ockam/codec";
import type { Log, LogLevel } from "@ockam/codec";
import { verifyCredential } from "@ockam/credentials";
import type { Identifier, Identity } from "@ockam/identity";
import { channelError } from "./channel-error.ts";
import { decodePresentedIdentity } from "./presented-identity.ts";
import type { PresentedCredentials, PresentedIdentity } from "./presented-identity.ts";
import type { SecureChannelOptions } from "./secure-channel.ts";
import { trustEveryone } from "./trust-policy.ts";

/** Verifies what peers present, on the terms of one {@link SecureChannelOptions}. */
export class PeerVerifier {
  readonly #options: SecureChannelOptions;
  readonly #log: Log;

  /** @throws TypeError when there is an authority, and no storage for what it attests. */
  constructor(options: SecureChannelOptions) {
    if (options.authority !== undefined && options.attributeStorage === undefined) {
      throw new TypeError('"authority" needs an "attributeStorage" to keep what it attests');
    }
    this.#options = options;
    this.#log = options.log ?? silentLog;
  }

  /**
   * Verifies the handshake payload of a peer that proved to hold `staticKey`, and takes its credentials in. Nothing is
   * stored before the trust policy has accepted the peer, so strangers leave nothing behind.
   * @throws OckamError OCKAM_SECURE_CHANNEL_PEER_MISBEHAVED, OCKAM_SECURE_CHANNEL_PEER_NOT_TRUSTED
   */
  async verify(payload: Uint8Array, staticKey: Uint8Array): Promise<Identifier> {
    const { identities } = this.#options;
    const { presented, identity } = await this.#identify(payload, staticKey);
    await this.#checkTrust(identity.identifier);
    await identities.import(presented.changeHistory, { expected: identity.identifier });
    await this.acceptCredentials(identity.identifier, presented.credentials);
    return identity.identifier;
  }

  /**
   * Takes refreshed credentials of an accepted peer in.
   * @throws OckamError when the history is not the peer's, or contradicts what is known.
   */
  async refresh(peer: Identifier, presented: PresentedCredentials): Promise<void> {
    await this.#options.identities.import(presented.changeHistory, { expected: peer });
    await this.acceptCredentials(peer, presented.credentials);
  }

  /** Stores the attributes of each credential that is valid. One that is not leaves the peer without, and no more. */
  async acceptCredentials(peer: Identifier, credentials: readonly Uint8Array[]): Promise<void> {
    const { authority, attributeStorage, identities } = this.#options;
    if (authority === undefined || attributeStorage === undefined) {
      if (credentials.length > 0)
        this.#report("debug", `${peer.toString()} presents credentials, and none are expected`);
      return;
    }
    for (const encoded of credentials) {
      try {
        const credential = await verifyCredential(identities, encoded, {
          authorities: [authority],
          expectedSubject: peer,
        });
        await attributeStorage.put({
          subject: peer,
          attributes: credential.attributes,
          addedAt: identities.now(),
          createdAt: credential.createdAt,
          expiresAt: credential.expiresAt,
          attestedBy: authority,
        });
      } catch (error) {
        this.#report("warn", `a credential of ${peer.toString()} is not accepted`, error);
      }
    }
  }

  async #checkTrust(peer: Identifier): Promise<void> {
    let cause: unknown;
    try {
      if (await (this.#options.trustPolicy ?? trustEveryone).isTrusted(peer)) return;
    } catch (error) {
      cause = error;
    }
    throw channelError(
      "PEER_NOT_TRUSTED",
      `the trust policy refuses the identity ${peer.toString()}: if it is the right one, let the policy accept it`,
      { cause, details: { peer: peer.toString() } },
    );
  }

  /** The identity that the payload proves to be the owner of `staticKey`. */
  async #identify(
    payload: Uint8Array,
    staticKey: Uint8Array,
  ): Promise<{ readonly presented: PresentedIdentity; readonly identity: Identity }> {
    const { identities } = this.#options;
    try {
      const presented = decodePresentedIdentity(payload);
      const identity = await identities.verify(presented.changeHistory);
      const attested = await identities.verifyPurposeKeyAttestation(presented.attestation, {
        purpose: "secure-channel",
        expectedSubject: identity.identifier,
        identity,
      });
      if (equalBytes(attested.publicKey, staticKey)) return { presented, identity };
      throw channelError("PEER_MISBEHAVED", "the attested key is not the one of the handshake");
    } catch (cause) {
      throw channelError("PEER_MISBEHAVED", "the peer presents an identity that does not hold up", { cause });
    }
  }

  #report(level: LogLevel, message: string, error?: unknown): void {
    this.#log({ level, area: "secure-channel", message, error });
  }
}
