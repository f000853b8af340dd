import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

import { Deferred } from "../deferred.ts";
import { driverClassPath, KAFKA_CURRENT } from "./install-kafka.ts";
import { inOrder } from "./kafka-client.ts";
import type {
  Codec,
  ConsumeOptions,
  KafkaClient,
  ProduceOptions,
  ReadRecord,
  SentRecord,
} from "./kafka-client.ts";

/** Settings of the Java client, by their names there. */
export type JavaSettings = Readonly<Record<string, string | number>>;

/** Records that are sent together; with a transactional producer they are one transaction. */
export interface JavaBatch {
  readonly records: readonly SentRecord[];
  readonly end?: "commit" | "abort";
}

/** Where a record was written, or the name of the exception that came instead. */
export type JavaOutcome =
  | { readonly partition: number; readonly offset: number }
  | { readonly error: string };

/** A command that runs on. */
export interface JavaRun<Event, Result> {
  /** What it has told so far. */
  readonly events: readonly Event[];
  readonly result: Promise<Result>;
  stop(): void;
}

/** What a member of a group tells. */
export type MemberEvent =
  | { readonly record: ReadRecord }
  | { readonly assigned: readonly number[] }
  | { readonly revoked: readonly number[] };

/** Numbered records: so many in all, in turn for each partition. */
export interface Numbers {
  readonly topic: string;
  readonly partitions: number;
  readonly count: number;
}

/** What became of numbers that were produced. */
export interface Produced {
  readonly acknowledged: number;
  /** The exception of the first that was given up. */
  readonly failure: string | null;
}

/** What became of numbers that were read. */
export interface Checked {
  readonly received: number;
  /** The first number that did not follow the one before it. */
  readonly fault: string | null;
}

/** Apache Kafka's own client, in a Java process of its own. */
export class JavaClient implements KafkaClient, AsyncDisposable {
  readonly name: string = "java";
  readonly codecs: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];
  readonly #process: ChildProcess;
  readonly #runs = new Map<number, { events: unknown[]; result: Deferred<unknown> }>();
  readonly #exited: Promise<void>;
  #commands = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    const { promise, resolve } = new Deferred<void>();
    this.#exited = promise;
    process.once("exit", (code) => {
      for (const { result } of this.#runs.values()) result.reject(new Error(`java ended with ${code}`));
      resolve();
    });
    createInterface({ input: process.stdout! }).on("line", (line) => this.#hear(line));
  }

  /** With the library of that version of Kafka. */
  static start(version: string = KAFKA_CURRENT): JavaClient {
    const options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    const command = [...options, "-cp", driverClassPath(version), "KafkaDriver"];
    return new JavaClient(spawn("java", command, { stdio: ["pipe", "pipe", "ignore"] }));
  }

  async produce(
    address: string,
    topic: string,
    records: readonly SentRecord[],
    options: ProduceOptions = {},
  ): Promise<void> {
    const settings = { "compression.type": options.codec ?? "none", "linger.ms": 20 };
    const outcomes = await this.send(address, topic, [{ records }], settings);
    const failed = outcomes.find((outcome) => "error" in outcome);
    if (failed !== undefined) throw new Error(`java could not produce: ${JSON.stringify(failed)}`);
  }

  async consume(address: string, topic: string, options: ConsumeOptions): Promise<readonly ReadRecord[]> {
    return this.read(address, topic, options);
  }

  /** Produces batches, one after the other; with a `transactional.id` each is a transaction. */
  async send(
    address: string,
    topic: string,
    batches: readonly JavaBatch[],
    settings: JavaSettings = {},
  ): Promise<readonly JavaOutcome[]> {
    const written = batches.map(({ end, records }) => ({
      end: end ?? "commit",
      records: records.map(writtenRecord),
    }));
    return this.#run<never, readonly JavaOutcome[]>("produce", { topic, batches: written }, address, {
      acks: "all",
      ...settings,
    }).result;
  }

  /**
   * Reads from the start, all partitions or the ones in `only`, until there are `count` records or, without a count, to where the
   * partitions end now. Throws when that takes longer than `timeout` milliseconds, default 30,000.
   */
  async read(
    address: string,
    topic: string,
    { timeout = 30_000, ...what }: Partial<ConsumeOptions> & { readonly only?: readonly number[] },
    settings: JavaSettings = {},
  ): Promise<readonly ReadRecord[]> {
    const { result } = this.#run<never, readonly WrittenRecord[]>(
      "consume",
      { topic, timeout, ...what },
      address,
      settings,
    );
    return inOrder((await result).map(readRecord));
  }

  /** Joins a group of consumers. */
  join(
    address: string,
    topic: string,
    group: string,
    settings: JavaSettings = {},
  ): JavaRun<MemberEvent, object> {
    const run = this.#run<{ record?: WrittenRecord }, object>("join", { topic }, address, {
      "group.id": group,
      "auto.offset.reset": "earliest",
      "enable.auto.commit": "false",
      ...settings,
    });
    return {
      result: run.result,
      stop: () => run.stop(),
      get events(): readonly MemberEvent[] {
        return run.events.map((event) =>
          event.record === undefined ? (event as MemberEvent) : { record: readRecord(event.record) },
        );
      },
    };
  }

  /**
   * Produces numbers as an idempotent producer that never gives up; `length` in bytes each. Until it is stopped there is a pause after
   * each hundred, in ms.
   */
  countUp(
    address: string,
    { length, pause, ...numbers }: Numbers & { readonly length: number; readonly pause: number },
    settings: JavaSettings = {},
  ): JavaRun<{ readonly acknowledged: number }, Produced> {
    return this.#run("count-up", { ...numbers, length, pause, outstanding: 2000 }, address, {
      acks: "all",
      "enable.idempotence": "true",
      "delivery.timeout.ms": 2_000_000_000,
      "request.timeout.ms": 5000,
      "max.block.ms": 2_000_000_000,
      "reconnect.backoff.max.ms": 500,
      "retry.backoff.max.ms": 500,
      ...settings,
    });
  }

  /** Reads numbers, each of which must come once and in its place. */
  check(
    address: string,
    numbers: Numbers,
    settings: JavaSettings = {},
  ): JavaRun<{ readonly received: number }, Checked> {
    return this.#run("check", numbers, address, {
      "request.timeout.ms": 5000,
      "default.api.timeout.ms": 2_000_000_000,
      "fetch.max.wait.ms": 200,
      "reconnect.backoff.max.ms": 500,
      "retry.backoff.max.ms": 500,
      ...settings,
    });
  }

  /** The offset behind the last record of each partition. */
  ends(address: string, topic: string): Promise<readonly number[]> {
    return this.#run<never, readonly number[]>("ends", { topic }, address, {}).result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin!.end();
    await this.#exited;
  }

  #run<Event, Result>(
    command: string,
    options: object,
    address: string,
    settings: JavaSettings,
  ): JavaRun<Event, Result> {
    const id = this.#commands++;
    const events: Event[] = [];
    const result = new Deferred<Result>();
    this.#runs.set(id, { events, result: result as Deferred<unknown> });
    const config = { "bootstrap.servers": address, ...settings };
    this.#say({ id, command, ...options, config });
    return { events, result: result.promise, stop: () => this.#say({ id, command: "stop" }) };
  }

  #say(command: object): void {
    this.#process.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  #hear(line: string): void {
    const answer = JSON.parse(line) as Answer;
    const run = this.#runs.get(answer.id);
    if (run === undefined) return;
    if ("event" in answer) {
      run.events.push(answer.event);
      return;
    }
    this.#runs.delete(answer.id);
    if ("error" in answer) run.result.reject(new Error(answer.error));
    else run.result.resolve(answer.result);
  }
}

type Answer = { readonly id: number } & (
  | { readonly event: unknown }
  | { readonly result: unknown }
  | { readonly error: string }
);

/** A record in JSON: all bytes are base64. */
interface WrittenRecord extends Omit<ReadRecord, "key" | "value" | "headers"> {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

function writtenRecord({ headers = [], key = null, value, ...place }: SentRecord): object {
  return {
    ...place,
    key: toText(key),
    value: toText(value),
    headers: headers.map(([name, content]) => [name, toText(content)]),
  };
}

function readRecord({ headers, key, value, ...place }: WrittenRecord): ReadRecord {
  return {
    ...place,
    key: toBytes(key),
    value: toBytes(value),
    headers: headers.map(([name, content]) => [name, toBytes(content)] as const),
  };
}

function toText(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString("base64");
}

function toBytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, "base64");
}
