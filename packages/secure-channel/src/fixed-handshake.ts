import type { ChannelAddresses } from "./channel-addresses.ts";

/** What is random in a handshake, fixed to replay a recorded one. For tests only: no exported function takes it. */
export interface FixedHandshake {
  readonly addresses?: ChannelAddresses;
  readonly ephemeralSecret?: Uint8Array;
}
