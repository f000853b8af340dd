import { commandOutput } from "./command-output.ts";
import { inOrder } from "./kafka-client.ts";
import type {
  Codec,
  ConsumeOptions,
  KafkaClient,
  ProduceOptions,
  ReadRecord,
  SentRecord,
} from "./kafka-client.ts";

const BETWEEN_RECORDS = "<end of record>";
const BETWEEN_KEY_AND_VALUE = "<end of key>";

/** The command kcat, on top of librdkafka. Values and keys are text; null and empty are the same to it. */
export class Kcat implements KafkaClient {
  readonly name: string = "kcat";
  readonly codecs: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

  async produce(
    address: string,
    topic: string,
    records: readonly SentRecord[],
    options: ProduceOptions = {},
  ): Promise<void> {
    // Partition and headers are the same for all records of a call.
    const calls = new Map<string, SentRecord[]>();
    for (const record of records) {
      const { headers = [], partition = -1 } = record;
      const common = JSON.stringify([
        partition,
        headers.map(([name, value]) => `${name}=${String(value ?? "")}`),
      ]);
      calls.set(common, [...(calls.get(common) ?? []), record]);
    }
    for (const [common, together] of calls) {
      const [partition, headers] = JSON.parse(common) as [number, readonly string[]];
      const input = together
        .map(({ key, value }) => `${String(key ?? "")}${BETWEEN_KEY_AND_VALUE}${String(value ?? "")}`)
        .join(BETWEEN_RECORDS);
      const form = ["-D", BETWEEN_RECORDS, "-K", BETWEEN_KEY_AND_VALUE, "-Z"];
      const whichHeaders = headers.flatMap((header) => ["-H", header]);
      await commandOutput(
        "kcat",
        ["-P", "-b", address, "-t", topic, "-p", String(partition), "-z", options.codec ?? "none"]
          .concat(["-X", "topic.request.required.acks=all"])
          .concat(form, whichHeaders),
        { input },
      );
    }
  }

  async consume(
    address: string,
    topic: string,
    { count, timeout = 30_000 }: ConsumeOptions,
  ): Promise<readonly ReadRecord[]> {
    const args = ["-C", "-b", address, "-t", topic, "-o", "beginning", "-c", String(count), "-J", "-u", "-q"];
    const lines = (await commandOutput("kcat", args, { timeout })).split("\n").filter(Boolean);
    return inOrder(
      lines.map((line) => {
        const { headers = [], key, offset, partition, payload, ts } = JSON.parse(line) as KcatRecord;
        return {
          partition,
          offset,
          timestamp: ts,
          key: toBytes(key),
          value: toBytes(payload),
          headers: headers.flatMap((name, index) =>
            index % 2 === 0 ? [[name!, toBytes(headers[index + 1] ?? null)] as const] : [],
          ),
        };
      }),
    );
  }
}

interface KcatRecord {
  readonly partition: number;
  readonly offset: number;
  readonly ts: number;
  readonly headers?: readonly (string | null)[];
  readonly key: string | null;
  readonly payload: string | null;
}

function toBytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text);
}
