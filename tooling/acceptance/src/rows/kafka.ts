import type { Row } from "../row.ts";
import { command, contains, exactly, fails, isUsageError, json, ok, when } from "../step.ts";

const SELF_INLET = "kafka-inlet create --to /secure/api";

/** M: Kafka portals without a broker. With brokers they are in the suites of live peers. */
export const KAFKA_ROWS: readonly Row[] = [
  {
    id: "M1",
    title: "a Kafka outlet where there is no node yet",
    steps: [
      ok(
        "kafka-outlet create --bootstrap-server 127.0.0.1:{p} --jq .bootstrap_server",
        contains("tcp://127.0.0.1:{p}"),
      ),
    ],
    next: [
      {
        id: "M2",
        title: "show and list a Kafka outlet",
        steps: [
          ok("kafka-outlet show --output json", contains('"addr": "kafka_outlet"')),
          ok("kafka-outlet show kafka_outlet --output json", contains('"addr": "kafka_outlet"')),
          ok("kafka-outlet list --output json --jq .[].addr", exactly('"kafka_outlet"')),
          ok("kafka-outlet list --output json --jq length", exactly("1")),
        ],
      },
      {
        id: "M3",
        title: "delete a Kafka outlet",
        steps: [
          ok("kafka-outlet delete kafka_outlet --yes"),
          ok("kafka-outlet list --output json --jq length", exactly("0")),
          when("typescript", ok("kafka-outlet create --bootstrap-server 127.0.0.1:{p}")),
        ],
        differs: "Rust leaves an outlet behind that stands in the way of the next",
      },
    ],
  },
  {
    id: "M4",
    title: "a name of a Kafka inlet is taken once",
    given: ["node create n"],
    steps: [
      ok(`${SELF_INLET} --from {p1}`),
      fails(`${SELF_INLET} --from {p1}`),
      fails(`${SELF_INLET} --from {p2}`),
      when("typescript", ok(`tcp-inlet create --from {p2} --to /secure/api/service/x --no-connection-wait`)),
    ],
    differs: "Rust goes on listening at the address of the one that failed",
    next: [
      {
        id: "M5",
        title: "a Kafka inlet says where it listens and leads to",
        steps: [
          ok(
            `${SELF_INLET} --from {p} --addr inlet2 --jq .`,
            contains('"from": "127.0.0.1:{p}"', '"to": "/secure/api"', '"node_name": "n"'),
            json("the ports behind its own", (value) => {
              const { brokers_port_range: range, from } = value as {
                brokers_port_range: string;
                from: string;
              };
              const port = Number(from.split(":")[1]);
              return range === `${port + 1}-${port + 100}`;
            }),
          ),
        ],
      },
      {
        id: "M6",
        title: "show, list and delete Kafka inlets",
        steps: [
          ok("kafka-inlet show kafka_inlet --output json", contains('"addr": "kafka_inlet"')),
          ok("kafka-inlet list --output json --jq length", exactly("2")),
          ok("kafka-inlet delete kafka_inlet --yes"),
          ok("kafka-inlet list --output json --jq length", exactly("1")),
          ok("kafka-inlet list --output json --jq .[].addr", exactly('"inlet2"')),
          fails("kafka-inlet show kafka_inlet", contains("not found")),
        ],
      },
    ],
  },
  {
    id: "Mx1",
    title: "options that make no sense together",
    given: ["node create n"],
    steps: [
      command(`${SELF_INLET} --consumer /secure/api --consumer-relay /secure/api`, [isUsageError]),
      command(`${SELF_INLET} --publishing-relay /secure/api --no-publishing`, [isUsageError]),
      // What the ports are together, the node says.
      fails(`${SELF_INLET} --from 4000 --brokers-port-range 3999-4001`),
    ],
  },
  {
    id: "Mx2",
    title: "commands of old",
    given: ["node create n"],
    steps: [
      ok("kafka-consumer create --bootstrap-server 127.0.0.1:{p1} --project-route /secure/api"),
      ok("kafka-inlet list --output json --jq .[].addr", exactly('"kafka_inlet"')),
      when("typescript", ok("kafka-consumer delete kafka_inlet --yes")),
      when("rust", ok("kafka-inlet delete kafka_inlet --yes")),
      ok("kafka-producer create --bootstrap-server 127.0.0.1:{p2} --project-route /secure/api --addr i"),
      ok("kafka-producer list --output json --jq .[].addr", exactly('"i"')),
    ],
    differs:
      "Rust's kafka-consumer delete asks to confirm, which nobody can without a terminal: it has no --yes",
  },
  {
    id: "Mx3",
    title: "a Kafka portal of a configuration",
    steps: [
      ok(
        'node create --configuration "{name: n, kafka-outlet: {bootstrap-server: 127.0.0.1:{p}}, ' +
          'kafka-inlet: {from: 127.0.0.1:{p1}, to: /secure/api}}"',
      ),
      ok("kafka-outlet list --at n --output json --jq .[].addr", exactly('"kafka_outlet"')),
      ok("kafka-inlet list --at n --output json --jq .[].addr", exactly('"kafka_inlet"')),
    ],
  },
  {
    id: "Mx5",
    title: "a Kafka portal of a recipe",
    steps: [
      ok(
        'run --inline "{nodes: [k, c], kafka-outlet: {at: k, bootstrap-server: 127.0.0.1:{p}}, ' +
          'kafka-inlet: {at: c, from: 127.0.0.1:{p1}, to: /node/k/secure/api}}"',
      ),
      ok("kafka-outlet list --at k --output json --jq .[].addr", exactly('"kafka_outlet"')),
      ok("kafka-inlet list --at c --output json --jq .[].addr", exactly('"kafka_inlet"')),
    ],
  },
  {
    id: "Mx4",
    title: "a Kafka portal after a restart of its node",
    only: "typescript",
    differs: "Rust's nodes forget theirs",
    given: ["node create n", "kafka-outlet create", `${SELF_INLET} --from {p1}`],
    steps: [
      ok("node stop n"),
      ok("node start n"),
      ok("kafka-inlet show --output json", contains('"from": "127.0.0.1:{p1}"', '"status"')),
      ok("kafka-outlet show --output json", contains("tcp://127.0.0.1:9092")),
      ok("status", contains('"kafka_inlets"', '"kafka_outlets"', "kafka_interceptor")),
    ],
  },
];
