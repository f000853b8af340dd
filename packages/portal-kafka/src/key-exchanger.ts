// The consumer's half of the key exchange. docs/protocol/kafka-portal.md, "Keys of key-exchange channels".
import type { Address, FlowControlId, Router } from "@ockam/core-routing";
import { createSecureChannelListener } from "@ockam/secure-channel";
import type { SecureChannelListenerLimits, SecureChannelOptions } from "@ockam/secure-channel";

import { DecryptionKeys } from "./decryption-keys.ts";
import type { DecryptionKeysOptions } from "./decryption-keys.ts";
import { KeyIntake } from "./key-intake.ts";
import type { DecryptionKey } from "./rust-cipher.ts";

/** The address that producers' nodes agree on keys with. */
export const KEY_EXCHANGER = "key_exchanger";

/** What a key exchanger is to be. */
export interface KeyExchangerOptions
  extends
    Omit<SecureChannelOptions, "keyExchangeOnly" | "onExchangedKey">,
    Omit<DecryptionKeysOptions, "backend"> {
  /** {@link KEY_EXCHANGER} by default. */
  readonly address?: string | Address;
  /** Flow controls through which producers reach it. */
  readonly consumerOf?: readonly FlowControlId[];
  readonly limits?: SecureChannelListenerLimits;
  /** ms; for tests. */
  readonly now?: () => number;
}

/** Agrees on keys with producers, and has all that were agreed on here. */
export interface KeyExchanger extends AsyncDisposable {
  readonly address: Address;
  /** For `RustCipherOptions.find`. */
  find(decryptor: string): DecryptionKey | undefined | Promise<DecryptionKey | undefined>;
  /** Agrees on no more keys, and waits until those that were agreed on are stored. They can still be used. */
  close(): Promise<void>;
}

/**
 * Starts a key exchanger. One is enough for all inlets of a node, as it is by the one address that Rust's producers look for it.
 * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE
 */
export function createKeyExchanger(router: Router, options: KeyExchangerOptions): KeyExchanger {
  const keys = new DecryptionKeys({ ...options, backend: options.identities.vault.backend });
  const intake = new KeyIntake((key) => keys.keep(key), options);
  const {
    address = KEY_EXCHANGER,
    mayProduce: _,
    now: __,
    secrets: ___,
    storage: ____,
    ...channel
  } = options;
  const listener = createSecureChannelListener(router, address, {
    ...channel,
    keyExchangeOnly: true,
    onExchangedKey: (key) => void intake.take(key),
    // All that is needed of it is kept.
    onChannel: (accepted) => void accepted.close(),
  });
  const close = async (): Promise<void> => {
    await listener.close();
    await intake.settled();
  };
  return {
    address: listener.address,
    find: (decryptor) => keys.find(decryptor),
    close,
    [Symbol.asyncDispose]: close,
  };
}
