import { isKafkaProved, openKafkaPortal, sendRecords, type OpenKafkaPortal } from "./kafka-demonstration.ts";
import { ensureKafka, missingForKafka } from "./kafka-requirements.ts";
import { describeKafkaPortal, describeKafkaProof, describeOwnClients, KAFKA_TITLE } from "./kafka-story.ts";
import { sayStopping, unlessStopped } from "./stopping.ts";

/** Tells the story of the broker and returns the exit code. What it opens is closed whatever happens. */
export async function playKafka(signal: AbortSignal): Promise<number> {
  const missing = await missingForKafka();
  if (missing.length > 0) {
    console.error(`This demonstration runs a real Kafka broker, for which there is missing here:`);
    for (const sentence of missing) console.error(`  - ${sentence}`);
    return 1;
  }
  await using stack = new AsyncDisposableStack();
  signal.addEventListener("abort", sayStopping);
  console.log(KAFKA_TITLE);
  const tell = (line: string): void => {
    signal.throwIfAborted();
    console.log(`  ${line}`);
  };
  await ensureKafka(tell);
  const portal = await openKafkaPortal(stack, tell);
  console.log(describeKafkaPortal(portal));
  const proof = await unlessStopped(signal, sendRecords(portal));
  const proved = isKafkaProved(proof);
  console.log(describeKafkaProof(proof, proved));
  if (!proved) return 1;

  if (process.stdout.isTTY) {
    console.log(describeOwnClients(portal));
    await showRecords(portal, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return 0;
}

/** Shows what the consumer reads, until somebody stops it. */
async function showRecords({ reader }: OpenKafkaPortal, signal: AbortSignal): Promise<void> {
  for (;;) {
    const value = await unlessStopped(signal, reader.next());
    console.log(`  consumed          ${value.toString()}`);
  }
}
