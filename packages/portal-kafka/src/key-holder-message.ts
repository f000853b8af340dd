// What is said to and by a key holder. docs/protocol/kafka-keys.md, "The protocol".
import { CborReader, CborWriter } from "@ockam/codec";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import { SALT_LENGTH } from "./topic-key-storage.ts";
import { isTopicName, KEY_ID_LENGTH, TOPIC_SECRET_LENGTH } from "./topic-key.ts";
import type { TopicKeyTerms } from "./topic-key.ts";

/** The longest request or answer, in bytes. */
export const MAX_KEY_MESSAGE_LENGTH = 512;

/** Why a holder says no. */
export const HOLDER_REFUSAL = {
  notAuthorized: 1,
  unknown: 2,
  tooMany: 3,
  notAcceptable: 4,
  busy: 5,
} as const;

/** One of them. */
export type HolderRefusal = (typeof HOLDER_REFUSAL)[keyof typeof HOLDER_REFUSAL];

/** A topic key on its way. */
export interface CarriedTopicKey extends Omit<TopicKeyTerms, "origin" | "producer"> {
  readonly secret: Uint8Array;
}

/** A producer deposits a key, or a consumer asks for one. */
export type HolderRequest =
  | { readonly type: "deposit"; readonly id: Uint8Array; readonly key: CarriedTopicKey }
  | { readonly type: "fetch"; readonly id: Uint8Array };

/** What a holder says. */
export type HolderAnswer =
  | { readonly type: "kept" }
  | { readonly type: "found"; readonly producer: Identifier; readonly key: CarriedTopicKey }
  | { readonly type: "refused"; readonly reason: HolderRefusal; readonly salt: Uint8Array };

/** Writes a request. */
export function encodeHolderRequest(request: HolderRequest): Uint8Array {
  const writer = new CborWriter();
  if (request.type === "fetch") return writer.variant(1).array(1).bytes(request.id).finish();
  writer.variant(0).array(5).bytes(request.id);
  return writeKey(writer, request.key).finish();
}

/**
 * Reads a request: views of `payload`.
 * @throws OckamError of CBOR, RangeError
 */
export function decodeHolderRequest(payload: Uint8Array): HolderRequest {
  const reader = limited(payload);
  const type = reader.variant();
  if (type > 1) throw new RangeError(`a key holder knows no request ${type}`);
  const items = reader.array();
  items.need("id");
  const id = reader.bytes(KEY_ID_LENGTH);
  if (type === 1) return { type: "fetch", id };
  return { type: "deposit", id, key: readKey(reader, items) };
}

/** Writes an answer. */
export function encodeHolderAnswer(answer: HolderAnswer): Uint8Array {
  const writer = new CborWriter();
  if (answer.type === "kept") return writer.variant(0).array(0).finish();
  if (answer.type === "refused") {
    return writer.variant(2).array(2).uint(answer.reason).bytes(answer.salt).finish();
  }
  writer.variant(1).array(5).bytes(answer.producer.bytes);
  return writeKey(writer, answer.key).finish();
}

/**
 * Reads an answer: views of `payload`.
 * @throws OckamError of CBOR, RangeError
 */
export function decodeHolderAnswer(payload: Uint8Array): HolderAnswer {
  const reader = limited(payload);
  const type = reader.variant();
  if (type > 2) throw new RangeError(`a key holder gives no answer ${type}`);
  const items = reader.array();
  if (type === 0) return { type: "kept" };
  if (type === 1) {
    items.need("producer");
    const producer = new Identifier(reader.bytes(IDENTIFIER_LENGTH));
    return { type: "found", producer, key: readKey(reader, items) };
  }
  items.need("reason");
  const reason = reader.uint();
  const known = Object.values(HOLDER_REFUSAL).find((refusal) => refusal === reason);
  items.need("salt");
  // What a newer holder may say says no as well, for the time being.
  return { type: "refused", reason: known ?? HOLDER_REFUSAL.busy, salt: reader.bytes(SALT_LENGTH) };
}

function limited(payload: Uint8Array): CborReader {
  if (payload.length > MAX_KEY_MESSAGE_LENGTH) {
    throw new RangeError(`a message about keys has at most ${MAX_KEY_MESSAGE_LENGTH} bytes`);
  }
  return new CborReader(payload);
}

function writeKey(writer: CborWriter, { keptUntil, sealsUntil, secret, topic }: CarriedTopicKey): CborWriter {
  return writer.bytes(secret).text(topic).uint(sealsUntil).uint(keptUntil);
}

function readKey(reader: CborReader, items: ReturnType<CborReader["array"]>): CarriedTopicKey {
  items.need("secret");
  const secret = reader.bytes(TOPIC_SECRET_LENGTH);
  items.need("topic");
  const topic = reader.text();
  if (!isTopicName(topic)) throw new RangeError("a topic's name is empty or too long");
  items.need("seals until");
  const sealsUntil = reader.uint();
  items.need("kept until");
  const keptUntil = reader.uint();
  return { secret, topic, sealsUntil, keptUntil };
}
