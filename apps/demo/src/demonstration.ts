import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

import { Client } from "pg";

import { Database } from "./database.ts";
import { OckamCommand } from "./ockam-command.ts";
import { Recorder } from "./recorder.ts";

/** The portal of the demonstration, open: who is at its ends and what lies between them. */
export interface OpenPortal {
  /** Where SQL clients connect. */
  readonly port: number;
  readonly databasePort: number;
  readonly bank: { readonly identifier: string; readonly port: number };
  readonly analyst: { readonly identifier: string };
  /** As the inlet's node has resolved it. */
  readonly route: string;
  /** The identifier that whoever answers behind the wire has proved. */
  readonly peer: string;
  /** Between the two nodes: what the network sees. */
  readonly wire: Recorder;
  /** Between the outlet's node and the database: what only the bank's machine sees. */
  readonly inside: Recorder;
  readonly canaries: Canaries;
}

/** Two texts that cross the portal, one in each direction: the answer is the question backwards. */
export interface Canaries {
  readonly question: string;
  readonly answer: string;
}

/** Opens everything; what is opened is put on `stack`. `tell` is called with each command line. */
export async function openPortal(
  stack: AsyncDisposableStack,
  tell: (line: string) => void,
): Promise<OpenPortal> {
  const canaries = newCanaries();
  const texts = [canaries.question, canaries.answer];
  const database = stack.use(await Database.start());
  const inside = stack.use(await Recorder.start(database.port, texts));

  const bank = await OckamCommand.create((line) => tell(`bank$    ${line}`));
  const analyst = await OckamCommand.create((line) => tell(`analyst$ ${line}`));
  stack.defer(async () => {
    await Promise.all([bank[Symbol.asyncDispose](), analyst[Symbol.asyncDispose]()]);
  });
  const bankIdentifier = await bank.run("identity", "create", "bank");
  const analystIdentifier = await analyst.run("identity", "create", "analyst");

  const bankPort = await freePort();
  const listener = `127.0.0.1:${bankPort}`;
  await bank.run("node", "create", "bank", "--identity", "bank", "--tcp-listener-address", listener);
  const outlet = ["--at", "bank", "--to", `127.0.0.1:${inside.port}`, "--allow", analystIdentifier];
  await bank.run("tcp-outlet", "create", ...outlet);

  const wire = stack.use(await Recorder.start(bankPort, texts));
  const port = await freePort();
  const to = `/ip4/127.0.0.1/tcp/${wire.port}/secure/api/service/outlet`;
  await analyst.run("node", "create", "analyst", "--identity", "analyst");
  const inlet = [
    "--at",
    "analyst",
    "--from",
    `127.0.0.1:${port}`,
    "--to",
    to,
    "--authorized",
    bankIdentifier,
  ];
  await analyst.run("tcp-inlet", "create", "postgres", ...inlet);

  const shown = (await analyst.ask("tcp-inlet", "show", "postgres", "--at", "analyst")) as InletStatus;
  const api = `/ip4/127.0.0.1/tcp/${wire.port}/service/api`;
  const channel = (await analyst.ask("secure-channel", "show", "--at", api)) as ChannelStatus;
  return {
    port,
    databasePort: database.port,
    bank: { identifier: bankIdentifier, port: bankPort },
    analyst: { identifier: analystIdentifier },
    route: shown.outlet_route ?? "not connected",
    peer: channel.their_identifier,
    wire,
    inside,
    canaries,
  };
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

/** What the recorders saw: the canaries must be found beside the database, and must not be found on the wire. */
export function isProved(portal: OpenPortal): boolean {
  const { wire, inside, canaries } = portal;
  const asked = inside.forth.search.found.has(canaries.question);
  const answered = inside.back.search.found.has(canaries.answer);
  const carried = wire.forth.bytes > inside.forth.bytes && wire.back.bytes > inside.back.bytes;
  return asked && answered && carried && wire.found === 0;
}

interface InletStatus {
  readonly outlet_route: string | null;
}

interface ChannelStatus {
  readonly their_identifier: string;
}

function newCanaries(): Canaries {
  const question = `canary ${randomBytes(12).toString("hex")}`;
  return { question, answer: question.split("").toReversed().join("") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
