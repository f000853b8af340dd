// The journeys of README.md and docs/cli.md: each machine is a home of its own.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BundledOckam } from "./bundled-ockam.ts";
import { KafkaReader, produce } from "./kafka-client.ts";
import { KafkaTwin } from "./kafka-twin.ts";
import { httpRequest } from "./http-request.ts";
import { Scene } from "./scene.ts";
import { noHttp, within, http } from "./step.ts";

let ockam: BundledOckam;

beforeAll(async () => {
  ockam = await BundledOckam.build();
});

afterAll(() => ockam?.[Symbol.dispose]());

const TIMEOUT = 60_000;

/** The commands under a heading of README.md, in the blocks that begin with `# <machines>`. */
function journeyOf(heading: string): ReadonlyMap<string, readonly string[]> {
  const page = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  const blocks = [...text.matchAll(/^```sh\n# ([\w, ]+)\n(.*?)^```$/gms)];
  return new Map(blocks.map(([, machines, lines]) => [machines!, lines!.trim().split("\n")]));
}

/** Several machines on this one: the same ports for all. */
class Machines implements AsyncDisposable {
  readonly #scenes = new Map<string, Scene>();
  readonly #values = new Map<string, string>();

  get(name: string): Scene {
    let scene = this.#scenes.get(name);
    if (scene === undefined) {
      scene = new Scene(ockam);
      for (const [key, value] of this.#values) scene.set(key, value);
      this.#scenes.set(name, scene);
    }
    return scene;
  }

  /** Finds free ports, and serves a file at one more: {http}. */
  async prepare(...ports: readonly string[]): Promise<void> {
    const first = this.get("first");
    await first.serve();
    for (const port of [...ports, "http"]) this.#values.set(port, await first.get(port));
  }

  /** Runs a command that must succeed and returns its standard output, trimmed. */
  async run(machine: string, line: string, input?: string): Promise<string> {
    const outcome = await this.get(machine).run(line, input);
    expect(outcome, `${machine}$ ockam ${outcome.line}\n${outcome.stderr}`).toMatchObject({ exitCode: 0 });
    return outcome.stdout.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#scenes.values(), (scene) => scene[Symbol.asyncDispose]()));
  }
}

test(
  "the two commands of README.md connect two machines",
  async () => {
    const journey = journeyOf("Two machines, a command on each");
    expect([...journey].map(([machine, lines]) => [machine, lines.length])).toEqual([
      ["service", 1],
      ["client", 1],
    ]);
    const [offer = "", redeem = ""] = [...journey.values()].flat().map((line) => line.replace(/^ockam /, ""));
    await using machines = new Machines();
    await machines.prepare("p2");
    const ticket = await machines.run("service", offer.replace("5432", "{http} --address 127.0.0.1"));
    expect(ticket).toMatch(/^ockam1-\S+$/);
    const here = redeem.replace(/ockam1-\S+/, "- {p2}");
    expect(await machines.run("client", here, ticket)).toMatch(/^127\.0\.0\.1:\d+$/);
    await within(5000, http("p2", 200)).run(machines.get("client"));
  },
  TIMEOUT,
);

describe("the five commands of README.md", () => {
  let journey: ReadonlyMap<string, readonly string[]>;

  beforeAll(() => {
    journey = journeyOf("Five commands, three machines");
  });

  test("are five, for three machines", () => {
    expect([...journey.keys()]).toEqual(["relay", "service", "client"]);
    expect([...journey.values()].flat()).toHaveLength(5);
  });

  test(
    "connect two machines that cannot reach each other, also after all of them were off",
    async () => {
      await using machines = new Machines();
      await machines.prepare("p", "p1", "p2", "p3");
      const tickets = new Map<string, string>();
      for (const [machine, lines] of journey)
        for (const line of lines) {
          const command = line
            .replace(/^ockam /, "")
            .replace("relay.example.com", "127.0.0.1 --port {p} --authority-port {p1}")
            .replace("15432", "{p2}")
            .replace("5432", "{http}")
            .replace(/project enroll$/, "project enroll -");
          const ticket = command === "project enroll -" ? tickets.get(machine) : undefined;
          const output = await machines.run(machine, command, ticket);
          if (machine !== "relay") continue;
          for (const [index, text] of output.split("\n").entries())
            tickets.set(["service", "client"][index]!, text);
        }
      const client = machines.get("client");
      await within(5000, http("p2", 200)).run(client);

      // Somebody who knows each address on the way, but is no member.
      await machines.run(
        "stranger",
        "tcp-inlet create --from 127.0.0.1:{p3} --to " +
          "/ip4/127.0.0.1/tcp/{p}/secure/api/service/forward_to_default/secure/api/service/postgres",
      );
      await noHttp("p3").run(machines.get("stranger"));

      const nodes = new Map<string, readonly string[]>();
      for (const machine of ["relay", "service", "client"]) {
        const names = await machines.run(machine, "node list --jq .[].node_name");
        nodes.set(
          machine,
          names.split("\n").map((name) => JSON.parse(name) as string),
        );
        for (const name of nodes.get(machine)!) await machines.run(machine, `node stop ${name}`);
      }
      await expect(httpRequest(Number(await client.get("p2")), { timeout: 300 })).rejects.toThrow();
      for (const [machine, names] of [...nodes].toReversed())
        for (const name of names) await machines.run(machine, `node start ${name}`);
      await within(10_000, http("p2", 200)).run(client);
    },
    TIMEOUT,
  );
});

describe("the six commands of README.md for Kafka", () => {
  let journey: ReadonlyMap<string, readonly string[]>;

  beforeAll(() => {
    journey = journeyOf("Kafka: six commands");
  });

  test("are six, for four machines", () => {
    expect([...journey.keys()]).toEqual(["relay", "broker", "producer, consumer"]);
    expect([...journey.values()].flat()).toHaveLength(6);
  });

  test(
    "bring records from a producer to a consumer past a broker that cannot read them",
    async () => {
      await using twin = await KafkaTwin.start();
      await using machines = new Machines();
      await machines.prepare("p", "p1", "p2", "p3");
      const ports = new Map([
        ["producer", "p2"],
        ["consumer", "p3"],
      ]);
      const tickets: string[] = [];
      const ticketOf = (machine: string): string | undefined =>
        machine === "broker" ? tickets[0] : tickets.at(-1);
      for (const [names, lines] of journey)
        for (const machine of names.split(", "))
          for (const line of lines) {
            const command = line
              .replace(/^ockam /, "")
              .replace("relay.example.com", "127.0.0.1 --port {p} --authority-port {p1}")
              .replace("9092", String(twin.port))
              .replace("kafka-inlet create", `kafka-inlet create --from {${ports.get(machine)}}`)
              .replace(/project enroll$/, "project enroll -");
            const ticket = command === "project enroll -" ? ticketOf(machine) : undefined;
            const output = await machines.run(machine, command, ticket);
            if (machine === "relay") tickets.push(...output.split("\n"));
          }
      const broker = async (machine: string): Promise<string> =>
        `127.0.0.1:${await machines.get(machine).get(ports.get(machine)!)}`;
      await using reader = await KafkaReader.start(await broker("consumer"), "orders");
      const canary = `4111 ${randomUUID()}`;
      await produce(await broker("producer"), "orders", canary);
      expect(await reader.next()).toBe(canary);
      expect(twin.stored("orders").length).toBeGreaterThan(canary.length);
      expect(twin.stored("orders").includes(canary)).toBe(false);
    },
    TIMEOUT,
  );
});

test(
  "a project over two machines: the authority on one, the relay on another",
  async () => {
    await using machines = new Machines();
    await machines.prepare("p", "p1", "p2", "p3");
    const created = await machines.run(
      "authority",
      "project create web --only-authority --address 127.0.0.1 --authority-port {p1}",
    );
    const [forNode, forService, forClient] = created.split("\n");
    const again = await machines.run("authority", "project create web");
    // Who comes before the relay is told to come again.
    const early = await machines.get("service").run("project enroll -", forService);
    expect(early).toMatchObject({
      exitCode: 70,
      stderr: expect.stringContaining("give the same ticket again"),
    });
    const wrong = await machines
      .get("relay")
      .run("project serve - --address 127.0.0.1 --port {p}", again.split("\n")[2]);
    expect(wrong).toMatchObject({ exitCode: 70, stderr: expect.stringContaining("not one for the node") });

    const serve = "project serve - --address 127.0.0.1 --port {p}";
    expect(await machines.run("relay", serve, forNode)).toBe("project-web");
    // Again: it is a member, and up.
    expect(await machines.run("relay", serve, forNode)).toBe("project-web");
    await machines.run("service", "project enroll -", forService);
    await machines.run("client", "project enroll -", forClient);
    await machines.run("service", "tcp-outlet create --from web --to {http} --relay default");
    await machines.run("client", "tcp-inlet create --from 127.0.0.1:{p2} --to web");
    await within(5000, http("p2", 200)).run(machines.get("client"));
    // The authority's machine has the whole project by now, and makes tickets.
    expect(await machines.run("authority", "project ticket --short")).toMatch(/^ockam1-/);
    expect((await machines.run("authority", "project create web")).split("\n")).toHaveLength(2);
  },
  TIMEOUT,
);
