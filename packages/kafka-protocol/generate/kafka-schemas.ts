import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A field as Kafka's message schemas write it; the parts that say nothing about bytes are left out. */
export interface KafkaField {
  readonly name: string;
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly flexibleVersions?: string;
  readonly tag?: number;
  readonly ignorable?: boolean | string;
  readonly default?: string | number | boolean;
  readonly fields?: readonly KafkaField[];
}

/** One of Kafka's message schemas. */
export interface KafkaSchema {
  readonly name: string;
  readonly type: "request" | "response" | "header" | "data";
  readonly apiKey?: number;
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly fields?: readonly KafkaField[];
  readonly commonStructs?: readonly KafkaField[];
}

/** The schemas inside kafka-clients of that version, from Maven Central, by name. Needs `mvn` and `unzip`. */
export function downloadSchemas(version: string): readonly KafkaSchema[] {
  const folder = mkdtempSync(join(tmpdir(), "kafka-schemas-"));
  try {
    const artifact = `org.apache.kafka:kafka-clients:${version}`;
    execFileSync("mvn", ["-q", "dependency:copy", `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]);
    execFileSync("unzip", [
      "-q",
      join(folder, `kafka-clients-${version}.jar`),
      "common/message/*",
      "-d",
      folder,
    ]);
    const messages = join(folder, "common/message");
    return readdirSync(messages)
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .map((name) => JSON.parse(withoutComments(readFileSync(join(messages, name), "utf8"))) as KafkaSchema);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** JSON text without its `//` comments; a `//` inside a string stays. */
function withoutComments(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, (_, string: string | undefined) => string ?? "");
}
