import { readFileSync } from "node:fs";

import { apiName } from "../src/api.ts";
import type { ApiName } from "../src/api.ts";

/** A request and its response, as a real client and a real broker wrote them. See vectors/README.md. */
export interface RecordedPair {
  readonly api: ApiName;
  readonly version: number;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

interface PairFile {
  readonly apiKey: number;
  readonly version: number;
  readonly request: string;
  readonly response: string;
}

export const recordedPairs: readonly RecordedPair[] = ["kafka-4.4.0", "kafka-3.7.2"].flatMap((name) =>
  (readJson(`${name}.json`) as readonly PairFile[]).map(({ apiKey, version, request, response }) => ({
    api: apiName(apiKey)!,
    version,
    request: fromHex(request),
    response: fromHex(response),
  })),
);

/** Record sets of Java producers and of brokers, by what they are. */
export const recordedSets: ReadonlyMap<string, Uint8Array> = new Map(
  Object.entries(readJson("record-sets.json") as Readonly<Record<string, string>>).map(([name, hex]) => [
    name,
    fromHex(hex),
  ]),
);

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}
