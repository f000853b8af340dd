// Every example of every command is run, in the order of the table, on the stage of its group.
import { openState } from "@ockam/node/state";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../../portal-kafka/testing/certificate.ts";
import { BundledOckam } from "../../../tooling/acceptance/src/bundled-ockam.ts";
import { ExampleStage, type PresentedResult } from "../testing/example-stage.ts";
import { freePort } from "../../../tooling/acceptance/src/free-port.ts";
import { jsonMismatches } from "../testing/json-mismatches.ts";
import { TestProject } from "../testing/test-project.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./command-table.ts";

/** Where some commands' examples are run, in their order, and what must be there. */
interface Stage {
  /** Groups, single commands, or single examples: the closest counts. */
  readonly commands: readonly string[];
  /** Makes the machine, with what all of them need. */
  open(): Promise<ExampleStage>;
  /** What one of the examples needs on top; returns the line that is run, where it cannot be the example itself. */
  readonly before?: Readonly<Record<string, (stage: ExampleStage) => Promise<string | void> | string | void>>;
}

const SOME_ID = "0123456789abcdef0123456789abcdef";
const TIMEOUT = 60_000;

const given = (...lines: readonly string[]) => {
  return async (stage: ExampleStage): Promise<void> => {
    for (const line of lines) await stage.run(line);
  };
};
const instead = (line: string, ...lines: readonly string[]) => {
  return async (stage: ExampleStage): Promise<string> => {
    await given(...lines)(stage);
    return line;
  };
};

let bundle: BundledOckam;
beforeAll(async () => {
  bundle = await BundledOckam.build();
}, TIMEOUT);
afterAll(() => bundle[Symbol.dispose]());

const STAGES: readonly Stage[] = [
  {
    commands: ["vault", "identity", "environment", "completion", "manpages", "markdown", "reset"],
    open: async () => new ExampleStage(),
  },
  {
    commands: ["node", "ls", "ps", "run", "status"],
    async open() {
      const stage = new ExampleStage({ program: bundle.command[1] });
      stage.say("0.0.0.0:4000", "127.0.0.1:0");
      stage.file("node.yaml", "name: n2\ntcp-outlet: {db: {to: $PORT}}\n");
      stage.file("ockam.yml", "nodes: [n1]\ntcp-outlet: {at: n1, to: 5432}\n");
      return stage;
    },
    before: {
      "node create n1 --tcp-listener-address 0.0.0.0:4000": given("node delete n1 --yes"),
      "node create n1 --foreground --exit-on-eof": given("node delete n1 --yes"),
      "node show n1": given("node start n1"),
      "node start n1": given("node stop n1"),
      "node default": given("node create n2", "node create n1"),
      "node run n1": given("node stop n1"),
      "run ockam.yml": given("node start n1"),
    },
  },
  {
    commands: [
      "tcp-connection",
      "tcp-listener",
      "secure-channel-listener",
      "secure-channel",
      "message",
      "worker",
      "service",
      "flow-control",
      "credential",
      "policy",
      "relay",
      "tcp-outlet",
      "tcp-inlet",
      "kafka-outlet",
      "kafka-inlet",
      "kafka-consumer",
      "kafka-producer",
    ],
    async open() {
      const stage = new ExampleStage();
      for (const name of ["n1", "n2", "relay", "bank"]) await stage.node(name);
      for (const name of ["authority", "alice"]) await stage.run(`identity create ${name}`);
      stage.say("/dnsaddr/db.example/tcp/4000", routeTo(stage, "n2"));
      stage.say("/dnsaddr/relay.example/tcp/4000", routeTo(stage, "relay"));
      stage.say("/dnsaddr/kafka.example/tcp/4000", routeTo(stage, "n2"));
      stage.say("/dnsaddr/app.example/tcp/4000", routeTo(stage, "n2"));
      stage.say("/ip4/127.0.0.1/tcp/4000", routeTo(stage, "n2"));
      stage.say("127.0.0.1:4000", stage.addressOf("n2"));
      stage.say("--from 15432", "--from 0");
      stage.file("ca.pem", TEST_CERTIFICATE);
      return stage;
    },
    before: {
      "tcp-listener create 127.0.0.1:4000 --at n2": async (stage) =>
        stage.say(stage.addressOf("n2"), `127.0.0.1:${await freePort()}`),
      [`secure-channel show --at /node/n1/service/${SOME_ID}`]: async (stage) => {
        const created = await stage.run("secure-channel create --from n1 --to /node/n2/service/api");
        stage.say(SOME_ID, created.trim().replace("/service/", ""));
      },
      [`flow-control add-consumer ${SOME_ID} /service/outlet --at n1`]: async (stage) => {
        const listeners = await stage.show("tcp-listener list --at n1");
        const [{ flow_control_id: id }] = JSON.parse(listeners.results[0]!.json) as [Record<string, string>];
        return `flow-control add-consumer ${id} /service/outlet --at n1`;
      },
      "relay create bank --to bank --at /dnsaddr/relay.example/tcp/4000/secure/api": given(
        "relay delete bank --at bank --yes",
      ),
      "kafka-inlet create --from 4000 --to /node/n1/secure/api": instead(
        "kafka-inlet create --from 0 --to /node/n1/secure/api",
      ),
      "kafka-inlet create --to /dnsaddr/kafka.example/tcp/4000/secure/api --consumer /dnsaddr/app.example/tcp/4000/secure/api":
        instead(
          "kafka-inlet create --from 0 --to /dnsaddr/kafka.example/tcp/4000/secure/api --consumer /dnsaddr/app.example/tcp/4000/secure/api",
          "kafka-inlet delete --all --yes",
        ),
      "kafka-consumer create --project-route /node/n1/secure/api": instead(
        "kafka-consumer create --project-route /node/n1/secure/api --bootstrap-server 127.0.0.1:0",
      ),
      "kafka-producer create --project-route /node/n1/secure/api": instead(
        "kafka-producer create --project-route /node/n1/secure/api --bootstrap-server 127.0.0.1:0",
      ),
    },
  },
  {
    commands: [
      "project enroll",
      "project ticket",
      "project import",
      "project list",
      "project show",
      "project information",
      "project-member",
      "project delete",
    ],
    async open() {
      const there = await TestProject.start();
      const stage = new ExampleStage({ home: there.home, company: there });
      using state = openState({ home: stage.home });
      state.projects.put(there.project);
      await stage.run("project ticket --relay web > web.ticket");
      await stage.run("project show --output json > project.json");
      return stage;
    },
  },
  {
    // Those that lead through a project. Its node cannot be reached, which is no failure of theirs.
    commands: [
      "relay create web",
      "tcp-outlet create --from postgres --to 5432 --relay default",
      "tcp-inlet create --from 15432 --to postgres",
      "kafka-outlet create --bootstrap-server 127.0.0.1:9092 --relay default",
      "kafka-inlet create --via default",
      "kafka-inlet create --via default --encrypted-field card --encrypted-field '$.customer.phone'",
      "kafka-inlet create --via default --from tls://0.0.0.0:9093 --advertised-host kafka.local --tls-certificate cert.pem --tls-key key.pem",
    ],
    async open() {
      const there = await TestProject.start();
      const stage = new ExampleStage({ home: there.home, company: there });
      using state = openState({ home: stage.home });
      state.projects.put(there.project);
      await stage.node("n1");
      stage.say("--from 15432", "--from 0");
      stage.file("cert.pem", TEST_CERTIFICATE);
      stage.file("key.pem", TEST_CERTIFICATE_KEY);
      return stage;
    },
    before: {
      "kafka-inlet create --via default": instead("kafka-inlet create --via default --from 0"),
      "kafka-inlet create --via default --encrypted-field card --encrypted-field '$.customer.phone'": instead(
        "kafka-inlet create --from 0 --via default --encrypted-field card --encrypted-field '$.customer.phone'",
        "kafka-inlet delete --all --yes",
      ),
      "kafka-inlet create --via default --from tls://0.0.0.0:9093 --advertised-host kafka.local --tls-certificate cert.pem --tls-key key.pem":
        instead(
          "kafka-inlet create --via default --from tls://127.0.0.1:0 --advertised-host kafka.local --tls-certificate cert.pem --tls-key key.pem",
          "kafka-inlet delete --all --yes",
        ),
    },
  },
  {
    commands: ["project create", "project serve", "authority", "portal"],
    async open() {
      const stage = new ExampleStage({ program: bundle.command[1] });
      const [relay, authority, other, served] = await Promise.all([
        freePort(),
        freePort(),
        freePort(),
        freePort(),
      ]);
      stage.say(
        "create --address relay.example.com",
        `create --address 127.0.0.1 --port ${relay} --authority-port ${authority}`,
      );
      stage.say(
        "create --only-authority --address authority.example.com",
        `create other --only-authority --address 127.0.0.1 --authority-port ${other}`,
      );
      stage.say(
        "serve --address relay.example.com",
        `serve node.ticket --address 127.0.0.1 --port ${served}`,
      );
      stage.say("--address 192.0.2.1", `--address 127.0.0.1 --port ${served}`);
      stage.say("0.0.0.0:4001", "127.0.0.1:0");
      return stage;
    },
    before: {
      "project serve --address relay.example.com": async (stage) => {
        const [forNode] = (await stage.run("project create other")).split("\n");
        stage.file("node.ticket", forNode!);
      },
      "authority create --project-identifier p1 --trusted-identities {}": instead(
        "authority create --project-identifier p1 --trusted-identities {} --tcp-listener-address 127.0.0.1:0",
      ),
      "authority create --project-identifier p1 --trusted-identities {} --tcp-listener-address 0.0.0.0:4001":
        given("node delete authority-p1 --yes"),
    },
  },
];

interface Example {
  readonly line: string;
  readonly words: string;
  readonly command: Command;
}

const examples: Example[] = [];
for (const [word, entry] of Object.entries(COMMANDS)) {
  if (typeof entry === "function") collect(word, await entry());
  else
    for (const [second, load] of Object.entries(entry.commands)) collect(`${word} ${second}`, await load());
}

function collect(words: string, command: Command): void {
  // What takes any arguments only says that it does nothing.
  if (command.anyArguments === true) return;
  test(`${words} has an example, and says what it prints`, () => {
    expect(command.examples.length).toBeGreaterThan(0);
    expect("json" in command).toBe(true);
  });
  for (const line of command.examples) examples.push({ line, words, command });
}

function routeTo(stage: ExampleStage, node: string): string {
  return `/ip4/127.0.0.1/tcp/${stage.addressOf(node).split(":")[1]}`;
}

test("each example has a stage", () => {
  const homeless = examples.filter((example) => stageOf(example) === undefined);
  expect(homeless.map(({ line }) => line)).toEqual([]);
});

/** The stage of an example: the one that names it, its command or its group. */
function stageOf({ line, words }: Example): Stage | undefined {
  const names = [line, words, words.split(" ")[0]!];
  return names
    .map((name) => STAGES.find(({ commands }) => commands.includes(name)))
    .find((stage) => stage !== undefined);
}

describe.each(STAGES)("$commands", (where) => {
  let stage: ExampleStage;
  beforeAll(async () => {
    stage = await where.open();
  }, TIMEOUT);
  afterAll(() => stage[Symbol.asyncDispose](), TIMEOUT);

  const played = examples.filter((example) => stageOf(example) === where);
  const own = where.commands.flatMap((name) =>
    played.filter(({ line, words }) => [line, words, words.split(" ")[0]].includes(name)),
  );
  test.each(own)(
    "ockam $line",
    async ({ command, line, words }) => {
      const typed = (await where.before?.[line]?.(stage)) ?? line;
      if (words === "node run" || line.includes("--foreground")) {
        const text = await stage.process(typed, words === "node run" ? "n1" : undefined);
        if (command.json === undefined) expect(text).toBe("");
        else expect(jsonMismatches(command.json, JSON.parse(text))).toEqual([]);
        return;
      }
      const { results } = await stage.show(typed);
      // What goes on until it is ended prints lines.
      if (line.includes("--follow")) return;
      expect(results.length).toBe(command.json === undefined ? 0 : 1);
      for (const result of results) expectResult(result, lastOf(line, command));
    },
    TIMEOUT,
  );
});

/** The command whose output a line prints. */
function lastOf(line: string, command: Command): Command {
  const [, last] = line.split(" | ockam ");
  return last === undefined ? command : examples.find(({ words }) => last.startsWith(`${words} `))!.command;
}

function expectResult(
  { hasMachineForm, json, piped, plain }: PresentedResult,
  { json: shape, pipe }: Command,
): void {
  const value: unknown = JSON.parse(json);
  expect(jsonMismatches(shape!, value)).toEqual([]);
  expect(json).toBe(sorted(value));
  expect(pipe !== undefined, "whether it says what goes into a pipe").toBe(hasMachineForm);
  expect(piped === "", "whether it says that nothing goes into a pipe").toBe(pipe === "nothing");
  for (const text of [piped, plain]) expect(text).not.toMatch(/\n$/);
  expect(plain).not.toBe("");
}

function sorted(value: unknown): string {
  const keys = new Set<string>();
  JSON.stringify(value, (key, inner: unknown) => (keys.add(key), inner));
  // In the order of this list, at every depth.
  return JSON.stringify(value, [...keys].toSorted(), 2);
}
