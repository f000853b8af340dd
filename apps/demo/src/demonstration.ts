import { randomBytes } from "node:crypto";

import { freePort } from "@ockam/peers";
import { Client } from "pg";

import { Database } from "./database.ts";
import { startMachines } from "./machines.ts";
import { OckamCommand } from "./ockam-command.ts";
import { Recorder } from "./recorder.ts";

/** The portal of the demonstration, open: who is at its ends and what lies between them. */
export interface OpenPortal {
  /** Where SQL clients connect. */
  readonly port: number;
  readonly databasePort: number;
  /** Where the relay is reached. */
  readonly relayPort: number;
  /** The identity of the relay's node, which the service and the client have never to trust with their data. */
  readonly relay: { readonly identifier: string };
  readonly service: { readonly identifier: string };
  readonly client: { readonly identifier: string };
  /** As the inlet's node has resolved it. */
  readonly route: string;
  /** The identifier that whoever answers behind the relay has proved. */
  readonly peer: string;
  /** What became of somebody who knows the way, but has no ticket. */
  readonly stranger: string;
  /** All that enters and leaves the relay's machine. */
  readonly wire: Recorder;
  /** Between the outlet's node and the database: what only the service's machine sees. */
  readonly inside: Recorder;
  readonly canaries: Canaries;
}

/** Two texts that cross the portal, one in each direction: the answer is the question backwards. */
export interface Canaries {
  readonly question: string;
  readonly answer: string;
}

/** The port that the client's programs connect to; another one when somebody has it. */
const CLIENT_PORT = 15432;

/** Opens everything; what is opened is put on `stack`. `tell` is called with each command line. */
export async function openPortal(
  stack: AsyncDisposableStack,
  tell: (line: string) => void,
): Promise<OpenPortal> {
  const canaries = newCanaries();
  const texts = [canaries.question, canaries.answer];
  const database = stack.use(await Database.start());
  const inside = stack.use(await Recorder.start(database.port, texts));
  const { client, relay, service } = await startMachines(["relay", "service", "client"], stack, tell);

  const relayPort = await freePort();
  const ports = ["--port", String(relayPort), "--authority-port", String(await freePort())];
  const created = (await relay.runForJson(
    "project",
    "create",
    "--address",
    "127.0.0.1",
    ...ports,
  )) as CreatedProject;
  const wire = stack.use(await recordRelay(relay, relayPort, texts));

  await service.runWithInput(created.tickets.service, "project", "enroll", "-");
  const outlet = ["--from", "postgres", "--to", String(inside.port), "--relay", "default"];
  await service.run("tcp-outlet", "create", ...outlet);

  await client.runWithInput(created.tickets.client, "project", "enroll", "-");
  const port = await freePort(CLIENT_PORT);
  const inlet = (await client.runForJson(
    "tcp-inlet",
    "create",
    "--from",
    String(port),
    "--to",
    "postgres",
  )) as Inlet;

  const record = (await client.ask("project", "show")) as ProjectRecord;
  return {
    port,
    databasePort: database.port,
    relayPort,
    relay: { identifier: record.identity },
    service: { identifier: await service.identifier() },
    client: { identifier: await client.identifier() },
    route: ((await client.ask("tcp-inlet", "show", inlet.alias)) as Inlet).outlet_addr ?? "not connected",
    peer: await peerOf(client),
    stranger: await refuse(stack, relayPort),
    wire,
    inside,
    canaries,
  };
}

/** Moves the relay to another port, and puts a recorder where it was. */
async function recordRelay(relay: OckamCommand, port: number, texts: readonly string[]): Promise<Recorder> {
  const behind = await freePort();
  await relay.ask("node", "stop", "project-default");
  await relay.ask("node", "create", "project-default", "--tcp-listener-address", `127.0.0.1:${behind}`);
  return Recorder.start(behind, texts, port);
}

async function peerOf(client: OckamCommand): Promise<string> {
  const listener = "/project/default/service/forward_to_default/service/api";
  return ((await client.ask("secure-channel", "show", "--at", listener)) as ChannelStatus).their_identifier;
}

/** Somebody who knows each address on the way tries the same as the client. */
async function refuse(stack: AsyncDisposableStack, relayPort: number): Promise<string> {
  const stranger = stack.use(await OckamCommand.create(() => {}));
  const relay = `/ip4/127.0.0.1/tcp/${relayPort}/secure/api`;
  const to = `${relay}/service/forward_to_default/secure/api/service/postgres`;
  const port = await freePort();
  await stranger.ask("tcp-inlet", "create", "stranger", "--from", String(port), "--to", to);
  const client = new Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
  client.on("error", () => {});
  try {
    await client.connect();
    return "NOT refused";
  } catch {
    return "refused";
  } finally {
    await client.end().catch(() => {});
  }
}

/** One row of the query's answer. */
export interface Balance {
  readonly customer: string;
  readonly balance: string;
}

/** Works with the database through the portal: makes a table, asks for it, and sends a canary each way. */
export async function runSql(portal: OpenPortal): Promise<readonly Balance[]> {
  const client = new Client({ host: "127.0.0.1", port: portal.port, user: "postgres", database: "postgres" });
  await client.connect();
  try {
    await client.query("CREATE TABLE accounts (customer text, balance numeric, note text)");
    await client.query("INSERT INTO accounts VALUES ('Ada', 1815.12, $1), ('Grace', 1906.12, 'none')", [
      portal.canaries.question,
    ]);
    const { rows } = await client.query<Balance & { answer: string }>(
      "SELECT customer, balance, reverse(note) AS answer FROM accounts ORDER BY customer",
    );
    if (rows[0]?.answer !== portal.canaries.answer) throw new Error("the database gave another answer");
    return rows;
  } finally {
    await client.end();
  }
}

/**
 * What the recorders saw: the canaries must be found beside the database, and must not be found at the relay. The peer
 * must be the service, and the stranger must have been refused.
 */
export function isProved(portal: OpenPortal): boolean {
  const { wire, inside, canaries } = portal;
  const asked = inside.forth.search.found.has(canaries.question);
  const answered = inside.back.search.found.has(canaries.answer);
  const carried = wire.bytes > inside.bytes;
  const known = portal.peer === portal.service.identifier && portal.peer !== portal.relay.identifier;
  return asked && answered && carried && known && wire.found === 0 && portal.stranger === "refused";
}

interface CreatedProject {
  readonly tickets: { readonly service: string; readonly client: string };
}

interface ProjectRecord {
  readonly identity: string;
}

interface Inlet {
  readonly alias: string;
  readonly outlet_addr: string | null;
}

interface ChannelStatus {
  readonly their_identifier: string;
}

function newCanaries(): Canaries {
  const question = `canary ${randomBytes(12).toString("hex")}`;
  return { question, answer: question.split("").toReversed().join("") };
}
