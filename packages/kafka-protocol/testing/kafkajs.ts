import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** A message as kafkajs reads it from an old message set. */
export interface KafkajsMessage {
  readonly offset: string;
  readonly magicByte: number;
  readonly timestamp?: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** What kafkajs knows of one version of an API. */
interface KafkajsProtocol {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    encode(): Promise<{ buffer: Buffer }>;
  };
  readonly response: { decode(raw: Buffer): Promise<unknown> };
}

interface KafkajsApi {
  protocol(options: { readonly version: number | string }): (options: object) => KafkajsProtocol;
}

/** The parts of kafkajs that its package does not export by name; its types do not cover them. */
const decoder = require("kafkajs/src/protocol/decoder") as new (buffer: Buffer) => object;
const messageSetDecoder = require("kafkajs/src/protocol/messageSet/decoder") as (
  decoder: object,
  size: number,
) => Promise<readonly KafkajsMessage[]>;
const encodeRequestOf = require("kafkajs/src/protocol/request") as (
  options: object,
) => Promise<{ buffer: Buffer }>;

/** The messages of an old message set. */
export function kafkajsReadMessages(bytes: Uint8Array): Promise<readonly KafkajsMessage[]> {
  return messageSetDecoder(new decoder(Buffer.from(bytes)), bytes.length);
}

/** kafkajs's request of that API (its name of the folder) and version, with its options; without length prefix. */
export async function kafkajsRequest(api: string, version: number, options: object): Promise<Uint8Array> {
  const { request } = apiOf(api).protocol({ version })(options);
  const encoded = await encodeRequestOf({ correlationId: 7, clientId: "kafkajs", request });
  return new Uint8Array(encoded.buffer.subarray(4));
}

/** What kafkajs decodes from the body of a response. */
export function kafkajsResponse(api: string, version: number, body: Uint8Array): Promise<unknown> {
  return apiOf(api).protocol({ version })({ topics: [] }).response.decode(Buffer.from(body));
}

function apiOf(name: string): KafkajsApi {
  return require(`kafkajs/src/protocol/requests/${name}`) as KafkajsApi;
}
