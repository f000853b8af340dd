import { TOPIC, type KafkaProof, type OpenKafkaPortal, type Searched } from "./kafka-demonstration.ts";
import { bytes } from "./story.ts";

/** The head line. */
export const KAFKA_TITLE = `
Ockam for TypeScript: kafka-inlet create --via default
══════════════════════════════════════════════════════

A Kafka broker that nobody has to trust: records are encrypted on the producer's machine, and decrypted on the consumer's.
Four machines (each a home of its own) that nothing connects but the relay's address; six commands, the last two of them twice:
`;

/** The picture of the portal. */
export function describeKafkaPortal({ ports, version }: OpenKafkaPortal): string {
  const port = (name: keyof typeof ports): string => String(ports[name]).padEnd(5);
  return `
   the producer's machine         the broker's machine         the consumer's machine
  ┌──────────────────────┐      ┌──────────────────────┐      ┌──────────────────────┐
  │ Kafka client         │      │  Apache Kafka ${version.padEnd(6)} │      │         Kafka client │
  │   ↓ 127.0.0.1:${port("producer")}  │      │   ↑ 127.0.0.1:${port("broker")}  │      │  127.0.0.1:${port("consumer")} ↑   │
  │ inlet: encrypts      ╞═════►│ outlet: ciphertext   │◄═════╡      inlet: decrypts │
  └──────────────────────┘      └──────────────────────┘      └──────────────────────┘
      each dials out to the relay at 127.0.0.1:${port("relay")}, which passes on what it cannot read either
`;
}

/** What was sent, what arrived, and what the broker has. */
export function describeKafkaProof(proof: KafkaProof, proved: boolean): string {
  const { log, plainLog, raw, read, sent } = proof;
  const row = (name: string, { bytes: size, found }: Searched): string =>
    [name.padEnd(46), bytes(size, 10), `${found} of ${sent.length}`.padStart(14)].join("");
  return [
    ...sent.map((value, index) =>
      [
        `  produced          ${value}`,
        `  at the broker     ${shortened(raw[index] ?? Buffer.alloc(0))}`,
        `  consumed          ${read[index] ?? "nothing"}`,
        "",
      ].join("\n"),
    ),
    `  ${"searched for the card numbers".padEnd(46)}${"size".padStart(10)}${"found".padStart(14)}`,
    `  ${row(`the broker's log files of '${TOPIC}'`, log)}`,
    `  ${row("the same records, sent without Ockam", plainLog)}`,
    "",
    proved
      ? "  ✔ The broker stored all of it and learned nothing; the same search finds all where there was no Ockam."
      : "  ✘ The proof FAILED.",
    "",
  ].join("\n");
}

/** How to go on by hand. */
export function describeOwnClients({ ports }: OpenKafkaPortal): string {
  return `  Try it yourself, from another terminal, with any Kafka client:

  echo hello | kcat -P -b 127.0.0.1:${ports.producer} -t ${TOPIC}
  kcat -C -b 127.0.0.1:${ports.consumer} -t ${TOPIC} -e      what a consumer of the project reads
  kcat -C -b 127.0.0.1:${ports.broker} -t ${TOPIC} -e      what the broker has

  Ctrl-C stops the nodes and the broker and leaves nothing behind.
`;
}

const SHOWN = 24;

/** Its first bytes in hex. */
function shortened(value: Buffer): string {
  const start = value.subarray(0, SHOWN).toString("hex").replaceAll(/(..)/g, "$1 ").trimEnd();
  return value.length > SHOWN ? `${start} … (${value.length} bytes)` : start;
}
