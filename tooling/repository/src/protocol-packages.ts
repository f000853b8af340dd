/** The folders in `packages/` that run in a browser, too: nothing of Node.js when they load. */
export const PROTOCOL_PACKAGES: readonly string[] = [
  "codec",
  "core-routing",
  "vault",
  "identity",
  "credentials",
  "policy",
  "authority",
  "project",
  "secure-channel",
  "kafka-protocol",
];
