import { API_KEYS, REQUEST_SCHEMAS, RESPONSE_SCHEMAS } from "./generated/schemas.ts";
import { kafkaError } from "./kafka-error.ts";
import { hasVersion, parseVersions } from "./schema.ts";
import type { VersionRange } from "./schema.ts";
import { StructCodec } from "./struct-codec.ts";

/** The name of an API: Kafka's name of its request, without `Request`. */
export type ApiName = keyof typeof API_KEYS;

/** The direction of a message. */
export type MessageKind = "request" | "response";

/** All APIs, by key. */
export const API_NAMES: readonly ApiName[] = Object.keys(API_KEYS) as ApiName[];

const names: ReadonlyMap<number, ApiName> = new Map(API_NAMES.map((name) => [API_KEYS[name], name]));
const codecs = new Map<string, StructCodec>();

/** The API of a key, undefined for one that {@link KAFKA_VERSION} does not know. */
export function apiName(key: number): ApiName | undefined {
  return names.get(key);
}

/** The key of an API. */
export function apiKey(api: ApiName): number {
  return API_KEYS[api];
}

/**
 * The versions of an API that this package reads and writes; undefined for the four that Kafka has withdrawn, whose keys alone are
 * known.
 */
export function apiVersions(api: ApiName): VersionRange | undefined {
  const range = parseVersions(REQUEST_SCHEMAS[api].versions);
  return range.max < range.min ? undefined : range;
}

/** Whether this package reads and writes that version of the API. */
export function isSupported(api: ApiName, version: number): boolean {
  return hasVersion(REQUEST_SCHEMAS[api].versions, version);
}

/** Whether that version has tagged fields and compact lengths (KIP-482); true also for newer versions than are known. */
export function isFlexible(api: ApiName, version: number): boolean {
  return hasVersion(REQUEST_SCHEMAS[api].flexible, version);
}

/** The codec of a body. Throws OckamError OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION. */
export function bodyCodec(kind: MessageKind, api: ApiName, version: number): StructCodec {
  const name = `${kind} ${api} ${version}`;
  const known = codecs.get(name);
  if (known !== undefined) return known;
  if (!isSupported(api, version)) {
    const range = apiVersions(api);
    throw kafkaError(
      "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION",
      `${api} has no version ${version} here: ` +
        (range === undefined ? "Kafka has withdrawn it" : `use one from ${range.min} to ${range.max}`),
    );
  }
  const schema = (kind === "request" ? REQUEST_SCHEMAS : RESPONSE_SCHEMAS)[api];
  const codec = new StructCodec(schema.fields, version, hasVersion(schema.flexible, version));
  codecs.set(name, codec);
  return codec;
}
