import { randomUUID } from "node:crypto";
import { EventEmitter, on } from "node:events";

import { Kafka, logLevel, Partitioners, type Consumer } from "kafkajs";

/** An ordinary Kafka client that reads a topic from its beginning, in a group of its own. */
export class TopicReader implements AsyncDisposable {
  readonly #consumer: Consumer;
  readonly #values: AsyncIterator<readonly Buffer[]>;

  private constructor(consumer: Consumer, values: AsyncIterator<readonly Buffer[]>) {
    this.#consumer = consumer;
    this.#values = values;
  }

  /** Begins to read at the broker on that port of 127.0.0.1. */
  static async start(port: number, topic: string): Promise<TopicReader> {
    const consumer = clientOf(port).consumer({ groupId: randomUUID() });
    const records = new EventEmitter();
    const values = on(records, "value") as AsyncIterator<readonly Buffer[]>;
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void records.emit("value", message.value) });
    return new TopicReader(consumer, values);
  }

  /** The value of the next record. */
  async next(): Promise<Buffer> {
    const { value } = await this.#values.next();
    return value[0] ?? Buffer.alloc(0);
  }

  /** Those of the next ones. */
  async take(count: number): Promise<readonly Buffer[]> {
    const values: Buffer[] = [];
    while (values.length < count) values.push(await this.next());
    return values;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.disconnect();
  }
}

/** Has an ordinary Kafka client send records to the broker on that port of 127.0.0.1, and waits until it has them. */
export async function produce(port: number, topic: string, values: readonly string[]): Promise<void> {
  const producer = clientOf(port).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic, messages: values.map((value) => ({ value })) });
  } finally {
    await producer.disconnect();
  }
}

function clientOf(port: number): Kafka {
  return new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
}
