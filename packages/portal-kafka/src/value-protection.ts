// Which part of a value is encrypted. docs/protocol/kafka-portal.md, "Values and fields".
import { decodeUtf8, encodeUtf8, fromHex, isOckamError, toHex } from "@ockam/codec";

import { parseJsonPath } from "./json-path.ts";
import type { JsonStep } from "./json-path.ts";
import { findJson, replaceJson } from "./json-text.ts";
import type { JsonSpan } from "./json-text.ts";
import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import type { RecordCipher, RecordPlace, RecordSealer } from "./record-cipher.ts";

/** Seals and opens values: whole, or fields of them. */
export interface ValueProtection {
  /** @throws OckamError OCKAM_KAFKA_INVALID_VALUE */
  seal(sealer: Pick<RecordSealer, "seal">, place: RecordPlace, value: Uint8Array): Uint8Array;
  /** @throws OckamError OCKAM_KAFKA_NOT_SEALED, OCKAM_KAFKA_INVALID_VALUE, and those of `RecordCipher.open` */
  open(cipher: RecordCipher, place: RecordPlace, value: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** The whole value becomes unreadable. */
export const WHOLE_VALUE: ValueProtection = {
  seal: (sealer, place, value) => sealer.seal(place, value),
  open(cipher, place, value) {
    if (!cipher.isSealed(value)) throw notSealed();
    return cipher.open(place, value);
  },
};

/**
 * Only these members of a JSON object become unreadable: a JSON text with the hex of what the cipher makes of them. One
 * that is not there is left out. Everything else stays as it is, byte for byte: numbers, order, white space.
 * @param fields see {@link parseJsonPath}
 * @throws RangeError for a field that is no name or path
 */
export function fieldProtection(fields: readonly string[]): ValueProtection {
  const paths = fields.map(parseJsonPath);
  return {
    seal(sealer, place, value) {
      const { spans, text } = find(value, paths);
      const sealed = spans.map((span) => {
        const field = { ...place, field: span.path };
        const content = sealer.seal(field, encodeUtf8(text.slice(span.start, span.end)));
        return `"${toHex(content)}"`;
      });
      return encodeUtf8(replaceJson(text, spans, sealed));
    },
    async open(cipher, place, value) {
      const { spans, text } = find(value, paths);
      const opened: string[] = [];
      for (const { end, path, start } of spans) {
        const field = { ...place, field: path };
        const content = await cipher.open(field, sealedMember(cipher, text.slice(start, end)));
        opened.push(jsonTextOf(content));
      }
      return encodeUtf8(replaceJson(text, spans, opened));
    },
  };
}

function find(
  value: Uint8Array,
  paths: readonly (readonly JsonStep[])[],
): { readonly text: string; readonly spans: readonly JsonSpan[] } {
  try {
    const text = decodeUtf8(value);
    return { text, spans: findJson(text, paths) };
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !isOckamError(cause)) throw cause;
    throw kafkaPortalError(
      KAFKA_PORTAL_ERROR_CODES.invalidValue,
      "fields can be encrypted in JSON objects only: send JSON, or encrypt whole values",
    );
  }
}

/** The text of one JSON value: nothing else was sealed as a field, and anything else would change what is around it. */
function jsonTextOf(content: Uint8Array): string {
  try {
    const text = decodeUtf8(content);
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.notAuthentic, "what was sealed in a field is no JSON", {
      // The parser's own error quotes the content.
      cause: isOckamError(cause) ? cause : undefined,
    });
  }
}

function sealedMember(cipher: RecordCipher, text: string): Uint8Array {
  const hex = /^"([0-9a-f]+)"$/.exec(text)?.[1];
  if (hex === undefined || hex.length % 2 !== 0) throw notSealed();
  const sealed = fromHex(hex);
  if (!cipher.isSealed(sealed)) throw notSealed();
  return sealed;
}

function notSealed(): Error {
  return kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.notSealed, "the value is not encrypted");
}
