// What this end shows of itself. docs/protocol/secure-channels.md, "Identity payload".
import { equalBytes } from "@ockam/codec";
import type { StaticKey } from "./handshake-state.ts";
import { encodePresentedIdentity } from "./presented-identity.ts";
import type { PresentedCredentials } from "./presented-identity.ts";
import type { SecureChannelOptions } from "./secure-channel.ts";

/** The own identity on one channel: the key that it proves itself with, and what it presented last. */
export class OwnIdentity {
  /** The key of the identity's purpose key for secure channels. */
  readonly staticKey: StaticKey;
  readonly #options: SecureChannelOptions;
  readonly #attestation: Uint8Array;
  #presented: Uint8Array | undefined;

  private constructor(options: SecureChannelOptions, staticKey: StaticKey, attestation: Uint8Array) {
    this.#options = options;
    this.staticKey = staticKey;
    this.#attestation = attestation;
  }

  /** Gets the purpose key, or makes one. */
  static async load(options: SecureChannelOptions): Promise<OwnIdentity> {
    const { identities, identifier } = options;
    const purposeKey = await identities.purposeKey(identifier, "secure-channel");
    const staticKey: StaticKey = {
      publicKey: purposeKey.publicKey,
      diffieHellman: (remote) => identities.vault.diffieHellman(purposeKey.handle, remote),
    };
    return new OwnIdentity(options, staticKey, purposeKey.attestation);
  }

  /** The handshake payload: history, attestation, and the credential of the moment. */
  async present(): Promise<Uint8Array> {
    const credential = await this.#options.credential?.();
    this.#presented = credential;
    return encodePresentedIdentity({
      changeHistory: await this.#options.identities.export(this.#options.identifier),
      attestation: this.#attestation,
      credentials: credential === undefined ? [] : [credential],
    });
  }

  /** What refreshes the credential, or undefined when there is none or it is the one presented last. */
  async refresh(): Promise<PresentedCredentials | undefined> {
    const credential = await this.#options.credential?.();
    if (credential === undefined) return undefined;
    if (this.#presented !== undefined && equalBytes(this.#presented, credential)) return undefined;
    return {
      changeHistory: await this.#options.identities.export(this.#options.identifier),
      credentials: [credential],
    };
  }

  /** Notes that the peer was sent what {@link refresh} returned. */
  onRefreshed(presented: PresentedCredentials): void {
    this.#presented = presented.credentials[0];
  }
}
