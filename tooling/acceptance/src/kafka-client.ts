import { randomUUID } from "node:crypto";
import { EventEmitter, on } from "node:events";

import { Kafka, logLevel, Partitioners, type Consumer } from "kafkajs";

/** A consumer of one topic, from its beginning and in a group of its own: an ordinary client. */
export class KafkaReader implements AsyncDisposable {
  readonly #consumer: Consumer;
  readonly #messages: AsyncIterator<readonly string[]>;

  private constructor(consumer: Consumer, messages: AsyncIterator<readonly string[]>) {
    this.#consumer = consumer;
    this.#messages = messages;
  }

  /** Begins to read. Resolves when the client has joined its group. */
  static async start(broker: string, topic: string): Promise<KafkaReader> {
    const consumer = clientOf(broker).consumer({ groupId: randomUUID() });
    const values = new EventEmitter();
    const messages = on(values, "value") as AsyncIterator<readonly string[]>;
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => void values.emit("value", message.value?.toString() ?? ""),
    });
    return new KafkaReader(consumer, messages);
  }

  /** The value of the next record. */
  async next(): Promise<string> {
    const { value } = await this.#messages.next();
    return value[0] ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.disconnect();
  }
}

/** Has an ordinary client send one record, and waits until the broker has it. */
export async function produce(broker: string, topic: string, value: string): Promise<void> {
  const producer = clientOf(broker).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic, messages: [{ value }] });
  } finally {
    await producer.disconnect();
  }
}

/** Makes a topic of one partition. */
export async function createTopic(broker: string, topic: string): Promise<void> {
  const admin = clientOf(broker).admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
}

function clientOf(broker: string): Kafka {
  return new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
}
