export { CONFIRM_TIMEOUT, createSecureChannel, SECURE_CHANNEL_TIMEOUT } from "./create-secure-channel.ts";
export type { CreateSecureChannelOptions } from "./create-secure-channel.ts";
export {
  createSecureChannelListener,
  HANDSHAKE_TIMEOUT,
  HANDSHAKES_PER_TURN,
  MAX_CHANNELS,
  MAX_CHANNELS_PER_HOP,
  MAX_HALF_OPEN_HANDSHAKES,
  MAX_HALF_OPEN_HANDSHAKES_PER_HOP,
} from "./secure-channel-listener.ts";
export type {
  SecureChannelListener,
  SecureChannelListenerLimits,
  SecureChannelListenerOptions,
} from "./secure-channel-listener.ts";
export { ExchangedKeyReader } from "./exchanged-key.ts";
export type { ExchangedKey } from "./exchanged-key.ts";
export type {
  ChannelTraffic,
  Disturbance,
  PingOptions,
  SecureChannel,
  SecureChannelOptions,
} from "./secure-channel.ts";
export { bothOf, eitherOf, trustEveryone, trustIdentifiers } from "./trust-policy.ts";
export type { TrustPolicy } from "./trust-policy.ts";
export type { SecureChannelErrorCode, SecureChannelErrorName } from "./channel-error.ts";
export { MAX_HANDSHAKE_MESSAGE_LENGTH } from "./handshake-state.ts";
export { MAX_PRESENTED_CREDENTIALS } from "./presented-identity.ts";
export { MAX_REFRESH_LENGTH } from "./channel-message.ts";
export { REKEY_INTERVAL } from "./channel-keys.ts";
export { NONCE_WINDOW } from "./replay-window.ts";
export { ROUTE_GRACE_PERIOD } from "./route-watch.ts";
