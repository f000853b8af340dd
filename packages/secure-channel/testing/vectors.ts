// The recorded handshakes and messages of ../vectors, described in its README.
import { readFileSync } from "node:fs";

/** A complete handshake with its secrets; all byte strings are hex. */
export interface HandshakeVector {
  readonly name: string;
  readonly protocol_name: string;
  readonly initiator_static_secret: string;
  readonly initiator_ephemeral_secret: string;
  readonly responder_static_secret: string;
  readonly responder_ephemeral_secret: string;
  readonly message1_payload: string;
  readonly message1: string;
  readonly message2_payload: string;
  readonly message2: string;
  readonly message3_payload: string;
  readonly message3: string;
  readonly split_k1?: string;
  readonly split_k2?: string;
  readonly transcript?: readonly { readonly step: string; readonly h: string }[];
}

/** A channel as one of its ends recorded it. */
export interface RecordedChannel {
  readonly our_role: "initiator" | "responder";
  readonly our_ephemeral_x25519_secret: string;
  readonly our_decryptor_remote: string;
  readonly our_encryptor: string;
  readonly remote_route_at_end: string;
  readonly message_1: string;
  readonly message_2: string;
  readonly message_3: string;
  readonly final_h: string;
  readonly split_k1: string;
  readonly split_k2: string;
  readonly peer_identifier: string;
  readonly peer_static_x25519: string;
  readonly peer_handshake_payload: string;
  readonly messages: readonly RecordedMessage[];
}

/** One message of a recorded channel. */
export interface RecordedMessage {
  readonly dir: "sent" | "received";
  readonly nonce: number;
  readonly wire: string;
  readonly plaintext: string;
}

/** An identity of ours in a recording. */
export interface RecordedIdentity {
  readonly identifier: string;
  readonly identity_ed25519_seed: string;
  readonly change_history: string;
  readonly static_x25519_secret: string;
  readonly purpose_key_attestation: string;
  readonly credentials: readonly string[];
  readonly handshake_payload: string;
}

/** One exchange with the Rust implementation. */
export interface Capture {
  readonly name: string;
  readonly captured_at: number;
  readonly our_identity: RecordedIdentity;
  readonly channel?: RecordedChannel;
  readonly outer_channel?: RecordedChannel;
  readonly inner_channel?: RecordedChannel;
  readonly credential_sent?: string;
  readonly plaintext?: string;
  readonly sender?: string;
  readonly tcp: {
    readonly our_tcp_sender_address: string;
    readonly frames: readonly { readonly dir: "sent" | "received"; readonly body: string }[];
  };
}

interface KeyTrackerVector {
  readonly renewal_interval: number;
  readonly rekeys_done: number;
  readonly max_rekeys_reached?: boolean;
  readonly expect: Readonly<Record<string, string>>;
}

interface NonceTrackerStep {
  readonly nonce?: number;
  readonly nonce_from?: number;
  readonly nonce_to_inclusive?: number;
  readonly ok: boolean;
}

interface SecureChannelVectors {
  readonly source_vectors: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
  readonly derived_vectors: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
}

/** A recorded message on the channel of the handshake `ockam_handshake_identity_payloads`. */
export interface WireVector {
  readonly nonce: number;
  readonly wire: string;
}

const secureChannel = read("secure-channel.json") as SecureChannelVectors;
const live = read("live.json") as { readonly captures: readonly Capture[] };

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));
}

function named(name: string): unknown {
  const all = [...secureChannel.source_vectors, ...secureChannel.derived_vectors];
  const found: unknown = all.find((vector) => vector.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
}

/** Handshakes with all their secrets. */
export const handshakes: readonly HandshakeVector[] = [
  "noise_full_handshake_1",
  "noise_full_handshake_2",
  "ockam_handshake_empty_payloads",
  "ockam_handshake_identity_payloads",
].map((name) => named(name) as HandshakeVector);

/** Ranges of nonces and whether a window that saw the ones before accepts them. */
export const nonceTracker = (
  named("nonce_tracker") as { readonly steps: readonly NonceTrackerStep[] }
).steps.map((step) => ({
  from: step.nonce ?? step.nonce_from ?? 0,
  to: step.nonce ?? step.nonce_to_inclusive ?? 0,
  ok: step.ok,
}));

/** Which key opens which nonce. */
export const keyTrackers: readonly KeyTrackerVector[] = [
  "key_tracker_first_interval",
  "key_tracker_middle_interval",
  "key_tracker_exhausted",
].map((name) => named(name) as KeyTrackerVector);

/** The keys of successive intervals. */
export const rekeyChain = named("rekey_chain") as {
  readonly initiator_to_responder: readonly string[];
  readonly responder_to_initiator: readonly string[];
};

/** Messages before encryption. */
export const plaintexts = named("plaintexts") as {
  readonly payload: string;
  readonly close: string;
  readonly refresh_credentials: string;
  readonly empty_payload_empty_routes: string;
};

/** Messages after encryption. */
export const channelMessages = named("channel_messages") as {
  readonly initiator_to_responder: readonly WireVector[];
  readonly initiator_to_responder_close: WireVector;
  readonly responder_to_initiator: readonly WireVector[];
  readonly responder_to_initiator_close: WireVector;
};

/** Messages of a key-exchange-only channel. */
export const keyExchangeOnlyMessages = named("key_exchange_only_messages") as {
  readonly key: string;
  readonly messages: readonly WireVector[];
};

/** Handshake payloads and their parts. */
export const identityPayloadParts = named("identity_payload_parts") as {
  readonly initiator_change_history: string;
  readonly credential_and_purpose_key: string;
  readonly identity_and_credentials_with_credential: string;
  readonly identity_and_credentials_without_credential: string;
  readonly initiator_purpose_key_attestation: string;
  readonly initiator_identifier: string;
};

/** A recorded exchange with the Rust implementation. */
export function capture(name: string): Capture {
  const found = live.captures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no capture ${name}`);
  return found;
}

/** All recorded exchanges that have a channel. */
export const captures: readonly Capture[] = live.captures;
