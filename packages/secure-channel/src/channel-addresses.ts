import { Address } from "@ockam/core-routing";

/** The addresses of one end of a channel. All are random, and only {@link decryptor} is told to the peer. */
export interface ChannelAddresses {
  /** Receives the handshake and then the encrypted messages. */
  readonly decryptor: Address;
  /** Where decrypted messages come from; it receives nothing. */
  readonly decryptorInternal: Address;
  /** The channel's address for local workers: what is sent here reaches the peer. */
  readonly encryptor: Address;
}

/** Fresh addresses. */
export function randomChannelAddresses(): ChannelAddresses {
  return {
    decryptor: Address.random(),
    decryptorInternal: Address.random(),
    encryptor: Address.random(),
  };
}
