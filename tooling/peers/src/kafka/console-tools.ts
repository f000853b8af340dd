import { commandOutput } from "./command-output.ts";
import type { CommandInput } from "./command-output.ts";
import { KAFKA_CURRENT, kafkaClassPath } from "./install-kafka.ts";
import { inOrder } from "./kafka-client.ts";
import type {
  Codec,
  ConsumeOptions,
  KafkaClient,
  ProduceOptions,
  ReadRecord,
  SentRecord,
} from "./kafka-client.ts";

const NULL = "<null>";
const TOOLS = {
  producer: "org.apache.kafka.tools.ConsoleProducer",
  consumer: "org.apache.kafka.tools.consumer.ConsoleConsumer",
  groups: "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
} as const;

/** The programs kafka-console-producer and kafka-console-consumer. Text without tabs only; the key decides about the partition. */
export class ConsoleTools implements KafkaClient {
  readonly name: string = "console tools";
  readonly codecs: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

  async produce(
    address: string,
    topic: string,
    records: readonly SentRecord[],
    options: ProduceOptions = {},
  ): Promise<void> {
    const input = records
      .map(({ headers = [], key, value }) => {
        const named = headers.map(([name, content]) => `${name}:${String(content ?? NULL)}`).join(",");
        return `${named || NULL}\t${String(key ?? NULL)}\t${String(value ?? NULL)}\n`;
      })
      .join("");
    const form = ["parse.headers=true", "parse.key=true", `null.marker=${NULL}`];
    const errors = await tool(
      "producer",
      ["--bootstrap-server", address, "--topic", topic, "--compression-codec", options.codec ?? "none"]
        .concat(["--command-property", "acks=all"])
        .concat(form.flatMap((property) => ["--reader-property", property])),
      { input },
    );
    // It says so, and ends well.
    if (errors.includes("ERROR")) throw new Error(errors);
  }

  async consume(
    address: string,
    topic: string,
    { count, timeout = 30_000 }: ConsumeOptions,
  ): Promise<readonly ReadRecord[]> {
    const form = ["timestamp", "partition", "offset", "headers", "key"].map((part) => `print.${part}=true`);
    const output = await tool(
      "consumer",
      ["--bootstrap-server", address, "--topic", topic, "--from-beginning"]
        .concat(["--max-messages", String(count), "--timeout-ms", String(timeout)])
        .concat([...form, `null.literal=${NULL}`].flatMap((property) => ["--formatter-property", property])),
      { timeout: timeout + 30_000 },
    );
    const lines = output.split("\n").filter((line) => line.includes("Time:"));
    return inOrder(lines.map(recordOf));
  }
}

/** What `kafka-consumer-groups` says. */
export function consumerGroups(address: string, args: readonly string[]): Promise<string> {
  return tool("groups", ["--bootstrap-server", address, ...args]);
}

function tool(name: keyof typeof TOOLS, args: readonly string[], options?: CommandInput): Promise<string> {
  const virtualMachine = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const command = [...virtualMachine, "-cp", kafkaClassPath(KAFKA_CURRENT), TOOLS[name], ...args];
  return commandOutput("java", command, options);
}

/** `CreateTime:1700000000000 ⇥ Partition:0 ⇥ Offset:3 ⇥ name:value,… ⇥ key ⇥ value` */
function recordOf(line: string): ReadRecord {
  const [timestamp, partition, offset, headers, key, value] = line.split("\t");
  return {
    timestamp: numberIn(timestamp),
    partition: numberIn(partition),
    offset: numberIn(offset),
    headers:
      headers === "NO_HEADERS"
        ? []
        : headers!.split(",").map((header) => {
            const [name, content] = header.split(":");
            return [name!, toBytes(content)] as const;
          }),
    key: toBytes(key),
    value: toBytes(value),
  };
}

function numberIn(text = ""): number {
  return Number(text.slice(text.indexOf(":") + 1));
}

function toBytes(text = ""): Buffer | null {
  return text === NULL ? null : Buffer.from(text);
}
