import { createTopic, KafkaReader, produce } from "../kafka-client.ts";
import type { Row } from "../row.ts";
import { act, contains, keep, ok, within, type Step } from "../step.ts";
import { ENROLLER } from "./authority.ts";

/** Members' nodes: `k` near the broker, `c` for consumers, `q` for producers, `r` between them. */
const NODES: readonly Step[] = [
  ...ENROLLER,
  keep("ticket", 'project ticket --identity enroller --relay "*"'),
  ok("identity create member"),
  ok("project enroll {ticket} --identity member"),
  ok("node create k --identity member -t 127.0.0.1:{p1}"),
  ok("node create c --identity member -t 127.0.0.1:{p2}"),
  ok("node create q --identity member"),
  ok("node create r --identity member -t 127.0.0.1:{p3}"),
  ok("kafka-outlet create --at k --bootstrap-server 127.0.0.1:{broker}"),
];
const TO = "--to /ip4/127.0.0.1/tcp/{p1}/secure/api";
const RELAY = "--consumer-relay /ip4/127.0.0.1/tcp/{p3}/secure/api";

interface Passage {
  /** The variables with the ports where the clients connect. */
  readonly producer: string;
  readonly consumer: string;
  /** The node that has the relays to the consumer, if it has any. */
  readonly relays?: string;
  /** What is sent; a text of the row's own by default. */
  readonly value?: string;
  /** What somebody sees who reads at the broker itself. */
  readonly atBroker?: (stored: string, sent: string) => boolean;
}

/** What a producer sends arrives at the consumer, and at the broker in a form of its own. */
function carries({
  atBroker = (stored, sent) => !stored.includes(sent),
  consumer,
  producer,
  relays,
  ...passage
}: Passage): Step {
  return act(async (scene) => {
    const topic = `${await scene.get("m")}-${producer}`;
    const value = passage.value ?? `a secret, ${topic}`;
    await createTopic(`127.0.0.1:${await scene.get("broker")}`, topic);
    await using reader = await KafkaReader.start(`127.0.0.1:${await scene.get(consumer)}`, topic);
    // Rust's producers must not ask for a key before a consumer is known.
    if (relays !== undefined)
      await within(30_000, ok(`worker list --at ${relays}`, contains(`forward_to_consumer_${topic}_0`))).run(
        scene,
      );
    await produce(`127.0.0.1:${await scene.get(producer)}`, topic, value);
    expectValue(await reader.next(), value, "the consumer");
    await using direct = await KafkaReader.start(`127.0.0.1:${await scene.get("broker")}`, topic);
    const stored = await direct.next();
    if (!atBroker(stored, value)) throw new Error(`at the broker there is ${stored}`);
  });
}

function expectValue(found: string, sent: string, who: string): void {
  if (found !== sent) throw new Error(`${who} got ${found} instead of ${sent}`);
}

const RECORD = JSON.stringify({ card: "4111 1111", name: "Grace", note: "for everybody" });

/** M7 to M12: Kafka portals to a broker at {broker}. */
export const KAFKA_BROKER_ROWS: readonly Row[] = [
  {
    id: "M7",
    title: "a producer that reaches the consumer's node",
    needs: "broker",
    steps: [
      ...NODES,
      ok(`kafka-inlet create c1 --at c --from {p4} ${TO} --avoid-publishing`),
      ok(`kafka-inlet create q1 --at q --from {p5} ${TO} --consumer /ip4/127.0.0.1/tcp/{p2}/secure/api`),
      carries({ consumer: "p4", producer: "p5" }),
    ],
  },
  {
    id: "M8",
    title: "a consumer that has its relays at another node",
    needs: "broker",
    steps: [
      ...NODES,
      ok(`kafka-inlet create c1 --at c --from {p4} ${TO} ${RELAY}`),
      ok(`kafka-inlet create q1 --at q --from {p5} ${TO} ${RELAY} --avoid-publishing`),
      carries({ consumer: "p4", producer: "p5", relays: "r" }),
    ],
  },
  {
    id: "M9",
    title: "a consumer that has its relays at the outlet's node",
    needs: "broker",
    steps: [
      ...NODES,
      ok(`kafka-inlet create c1 --at c --from {p4} ${TO}`),
      ok(`kafka-inlet create q1 --at q --from {p5} ${TO} --avoid-publishing`),
      carries({ consumer: "p4", producer: "p5", relays: "k" }),
    ],
    next: [
      {
        id: "M11",
        title: "a consumer that begins at an older offset",
        steps: [
          act(async (scene) => {
            const topic = `${await scene.get("m")}-p5`;
            await using again = await KafkaReader.start(`127.0.0.1:${await scene.get("p4")}`, topic);
            expectValue(await again.next(), `a secret, ${topic}`, "another group");
          }),
        ],
      },
    ],
  },
  {
    id: "M10",
    title: "one node for all, encrypted and in clear text",
    needs: "broker",
    steps: [
      ...NODES,
      ok("kafka-inlet create one --at k --from {p4} --to /secure/api"),
      carries({ consumer: "p4", producer: "p4", relays: "k" }),
      ok(`kafka-inlet create clear --at q --from {p5} ${TO} --no-content-encryption`),
      carries({ consumer: "p5", producer: "p5", atBroker: (stored, sent) => stored === sent }),
    ],
  },
  {
    id: "M12",
    title: "two fields of a record",
    needs: "broker",
    steps: [
      ...NODES,
      ok(`kafka-inlet create c1 --at c --from {p4} ${TO} --encrypted-field card --encrypted-field name`),
      ok(
        `kafka-inlet create q1 --at q --from {p5} ${TO} --avoid-publishing --encrypted-field card --encrypted-field name`,
      ),
      carries({
        consumer: "p4",
        producer: "p5",
        relays: "k",
        value: RECORD,
        atBroker: (stored) => {
          const { card, name, note } = JSON.parse(stored) as Readonly<Record<string, unknown>>;
          return card !== "4111 1111" && name !== "Grace" && note === "for everybody";
        },
      }),
    ],
  },
];
