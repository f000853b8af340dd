import { notSupported, unsupported, type Option } from "./option.ts";
import type { SocketAddress } from "./socket-address.ts";

/** What the commands say of `udp://`, too. */
export const NO_UDP = "There is no UDP transport yet: nodes connect over TCP";

/** What reaches a node in a private network without it. */
export const INSTEAD_OF_UDP = "'ockam relay create' makes a node reachable that nobody can connect to";

const NO_PRIVILEGED_PORTALS = "There are no privileged portals: they need programs in the kernel of Linux";
const AS_FAST = "leave it out: the same portal needs no privileges";
const NO_TLS_INLETS = "A TCP inlet does not speak TLS with its clients yet";
const LOOPBACK = "leave it out and listen on 127.0.0.1: beyond the inlet everything is encrypted";

/** What Rust's nodes take in addition. */
export const NODE_UDP_OPTIONS = {
  udp: unsupported("", NO_UDP, INSTEAD_OF_UDP, ["enable-udp"]),
  udpListenerAddress: { ...unsupported("HOST:PORT", NO_UDP, INSTEAD_OF_UDP), short: "u" },
};

/** `--privileged` of inlets and outlets. */
export const PRIVILEGED: Option<undefined> = unsupported("", NO_PRIVILEGED_PORTALS, AS_FAST);

/** What Rust's inlets take in addition. */
export const INLET_OPTIONS = {
  udp: unsupported("", NO_UDP, INSTEAD_OF_UDP, ["enable-udp-puncture"]),
  noTcpFallback: unsupported("", NO_UDP, INSTEAD_OF_UDP, ["disable-tcp-fallback"]),
  privileged: PRIVILEGED,
  tls: unsupported("", NO_TLS_INLETS, LOOPBACK),
  tlsCertificateProvider: unsupported("ROUTE", NO_TLS_INLETS, LOOPBACK),
};

/** @throws OckamError OCKAM_CLI_NOT_SUPPORTED for a `--from` of `udp://` or `tls://` */
export function expectTcpInlet({ scheme }: Pick<SocketAddress, "scheme">): void {
  if (scheme === "udp") throw notSupported(NO_UDP, INSTEAD_OF_UDP);
  if (scheme === "tls") throw notSupported(NO_TLS_INLETS, LOOPBACK);
}

/** What Rust's project commands take in addition, for an authority of Okta. */
export const OKTA: Option<undefined> = unsupported(
  "",
  "Members cannot enrol with Okta here",
  "leave out --okta, and give a ticket: ockam project enroll TICKET",
);

const NO_KMS = "Keys of AWS KMS are not supported: vaults keep their keys in files of this machine";

/** `--aws-kms` of vaults. */
export const AWS_KMS: Option<undefined> = unsupported("", NO_KMS, "ockam vault create --path FILE");

/** `--key-id` of identities. */
export const KEY_ID: Option<undefined> = {
  ...unsupported("ID", NO_KMS, "ockam identity create --vault VAULT"),
  short: "k",
};
