import { decodeRecordSet, RecordBatch } from "@ockam/kafka-protocol";

/** Of how many partitions and producers of a connection it is remembered what was refused; the oldest is forgotten. */
export const MAX_REFUSED_SEQUENCES = 10_000;
/** Sequence numbers begin at 0 again behind this many. */
const SEQUENCE_NUMBERS = 2 ** 31;

/** The place of a batch in what an idempotent producer sends to a partition. */
interface Sequence {
  readonly producer: string;
  readonly epoch: number;
  readonly first: number;
}

/**
 * What idempotent producers were refused, and so have to send again before anything else. They do not wait for an answer before they send
 * what comes next, and a broker that has heard nothing of a producer yet takes any batch for the first one: the one that was refused could
 * never be sent then.
 */
export class RefusedSequences {
  readonly #refused = new Map<string, Sequence>();

  /** Whether a batch, the records of a partition, comes behind one that was refused and was not sent again yet. */
  isEarly(partition: string, records: Uint8Array): boolean {
    const sequence = this.#refused.size === 0 ? undefined : sequenceOf(records);
    const refused = sequence === undefined ? undefined : this.#refused.get(keyOf(partition, sequence));
    if (sequence === undefined || refused === undefined || refused.epoch !== sequence.epoch) return false;
    const ahead = (sequence.first - refused.first + SEQUENCE_NUMBERS) % SEQUENCE_NUMBERS;
    return ahead > 0 && ahead < SEQUENCE_NUMBERS / 2;
  }

  /** The batch is not sent. */
  refuse(partition: string, records: Uint8Array): void {
    const sequence = sequenceOf(records);
    if (sequence === undefined) return;
    const key = keyOf(partition, sequence);
    this.#refused.delete(key);
    this.#refused.set(key, sequence);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MAX_REFUSED_SEQUENCES && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** The batch is sent. */
  pass(partition: string, records: Uint8Array): void {
    const sequence = this.#refused.size === 0 ? undefined : sequenceOf(records);
    if (sequence !== undefined) this.#refused.delete(keyOf(partition, sequence));
  }
}

function keyOf(partition: string, { producer }: Sequence): string {
  return `${producer} ${partition}`;
}

/** Undefined without idempotence, and for what is no batch. */
function sequenceOf(records: Uint8Array): Sequence | undefined {
  const batch = firstBatch(records);
  if (batch === undefined || batch.producerId < 0n || batch.baseSequence < 0) return undefined;
  return { producer: String(batch.producerId), epoch: batch.producerEpoch, first: batch.baseSequence };
}

function firstBatch(records: Uint8Array): RecordBatch | undefined {
  try {
    const [batch] = decodeRecordSet(records).batches;
    return batch instanceof RecordBatch ? batch : undefined;
  } catch {
    return undefined;
  }
}
