import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import type { OckamHome } from "../ockam-home.ts";
import { typescriptOckam } from "../typescript-ockam.ts";
import { TerminalSession } from "./terminal-session.ts";

/** How many moments of each command are tried: `OCKAM_PEERS_MOMENTS`, else 20 with `OCKAM_PEERS_FULL=1`, else 6. */
const MOMENTS = Number(
  process.env["OCKAM_PEERS_MOMENTS"] ?? (process.env["OCKAM_PEERS_FULL"] === "1" ? 20 : 6),
);
/** Within how long after its start each command is interrupted, ms. */
const SPAN = 2400;
const moments = Array.from({ length: MOMENTS }, (_, index) => Math.round(((index + 0.5) * SPAN) / MOMENTS));

let home: OckamHome;
let session: TerminalSession;
/** Takes connections and never answers. */
let silent: Server;
let route: string;

beforeAll(async () => {
  silent = createServer((socket) => void socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(silent, "listening");
  route = `/ip4/127.0.0.1/tcp/${(silent.address() as AddressInfo).port}/secure/api/service/outlet`;
});
afterAll(() => void silent.close());

beforeEach(async () => {
  home = typescriptOckam();
  session = await TerminalSession.start(home);
});
afterEach(async () => {
  await session[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

/** The terminal is as it was, and only these nodes are left, stopped or running as their records say. */
async function expectSane(nodes: Readonly<Record<string, string>>): Promise<void> {
  expect(await session.modes()).toEqual(expect.arrayContaining(["icanon", "echo", "isig", "cursor"]));
  const running = Object.values(nodes).filter((status) => status === "running").length;
  await expect.poll(() => home.processes(), { timeout: 20_000 }).toHaveLength(running);
  const listed = JSON.parse(await home.output(["node", "list", "--output", "json"])) as readonly {
    readonly node_name: string;
    readonly status: { readonly status: string };
  }[];
  expect(Object.fromEntries(listed.map((node) => [node.node_name, node.status.status]))).toEqual(nodes);
}

async function interruptAfter(command: string, moment: number): Promise<string> {
  await session.begin(command);
  await sleep(moment);
  await session.press("C-c");
  return session.end();
}

const INTERRUPTED = /exit 130$/;

describe("node create", () => {
  test(`is interrupted at ${MOMENTS} moments: the node is there and runs, or is not there`, async () => {
    for (const moment of moments) {
      const screen = await interruptAfter("ockam node create n1", moment);
      const isThere = (await home.output(["node", "list", "--jq", "length"])) === "1";
      if (!isThere) expect(screen, `${moment} ms`).toMatch(INTERRUPTED);
      await expectSane(isThere ? { n1: "running" } : {});
      // Nothing is in the way of the same command.
      if (!isThere) await home.output(["node", "create", "n1"]);
      await home.output(["node", "delete", "n1", "--yes"]);
    }
  });

  test("shows a spinner, which is gone when it is done", async () => {
    await session.begin("ockam node create n1");
    await session.seen(/^ {2}[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Starting the node n1$/m);
    expect(await session.end()).toMatch(/^ {2}✔ Created the node n1\n[^⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]*\nexit 0$/);
  });

  test("Ctrl-C while the spinner turns leaves nothing of it", async () => {
    await session.begin("ockam node create n1");
    await session.seen("Starting the node n1");
    await session.press("C-c");
    expect(await session.end()).toMatch(
      /^(\^C\n)? {2}✗ Interrupted by Ctrl-C\n {4}OCKAM_CLI_CANCELLED\n+exit 130$/,
    );
    await expectSane({});
  });
});

test(`node create --foreground ends by itself at ${MOMENTS} moments, and can be started again`, async () => {
  await home.output(["identity", "create", "someone"]);
  for (const moment of moments) {
    const screen = await interruptAfter("ockam node create n1 --foreground", moment);
    const isThere = (await home.output(["node", "list", "--jq", "length"])) === "1";
    expect(screen, `${moment} ms`).toMatch(isThere ? /exit (0|130)$/ : INTERRUPTED);
    await expectSane(isThere ? { n1: "stopped" } : {});
    await home.output(["node", isThere ? "start" : "create", "n1"]);
    await home.output(["node", "delete", "n1", "--yes"]);
  }
});

test("node create --foreground that is up ends with 0", async () => {
  await session.begin("ockam node create n1 --foreground");
  await session.seen("Created the node n1");
  await session.press("C-c");
  expect(await session.end()).toMatch(/exit 0$/);
  await expectSane({ n1: "stopped" });
});

describe("with a node in the background", () => {
  beforeEach(() => home.createNode("n1"));

  test(`tcp-inlet create, while it waits for the other end, at ${MOMENTS} moments`, async () => {
    for (const moment of moments) {
      const screen = await interruptAfter(
        `ockam tcp-inlet create i1 --to ${route} --connection-wait 60s`,
        moment,
      );
      expect(screen, `${moment} ms`).toMatch(INTERRUPTED);
      await expectSane({ n1: "running" });
      expect(await home.output(["tcp-inlet", "list", "--jq", "length"])).toBe("0");
    }
  });

  test.each(["", "--from n1"])(
    `message send %s that is not answered, at ${MOMENTS} moments`,
    async (from) => {
      for (const moment of moments) {
        const screen = await interruptAfter(
          `ockam message send hello --to ${route} --timeout 60s ${from}`,
          moment,
        );
        expect(screen, `${moment} ms`).toMatch(INTERRUPTED);
        await expectSane({ n1: "running" });
      }
      expect(await home.output(["message", "send", "hello", "--to", "/node/n1/service/uppercase"])).toBe(
        "HELLO",
      );
    },
  );

  test("message send waits for a route that nobody pipes in", async () => {
    await session.begin(`mkfifo ${home.path}/pipe; ockam message send hello --to -/x 0<> ${home.path}/pipe`);
    await sleep(SPAN);
    await session.press("C-c");
    expect(await session.end()).toMatch(INTERRUPTED);
    await expectSane({ n1: "running" });
  });

  test.each(["C-c", "q"])("the live status, %s", async (key) => {
    await session.begin("ockam status");
    await session.seen("n1");
    await session.press(key);
    expect(await session.end()).toMatch(/^(\^C)?\n?exit 0$/);
    await expectSane({ n1: "running" });
  });

  test("node logs --follow", async () => {
    await session.begin("ockam node logs n1 --follow --level debug");
    await session.seen("logs debug from now on");
    await session.press("C-c");
    await session.end();
    await expectSane({ n1: "running" });
  });

  test("a loop of the shell is ended with the command in it", async () => {
    await session.begin("for i in 1 2 3; do ockam message send hello --timeout 60s --to " + route + "; done");
    await session.seen("Waiting for the reply");
    await session.press("C-c");
    await session.end();
    expect((await session.screen()).match(/Interrupted/g)).toHaveLength(1);
    await expectSane({ n1: "running" });
  });
});

describe("a terminal that goes away", () => {
  test.each(["SIGHUP", "SIGTERM"])("%s ends a command that waits", async (signal) => {
    const code = { SIGHUP: 129, SIGTERM: 143 }[signal];
    await session.begin(
      `ockam message send hello --to ${route} --timeout 60s & sleep 2; kill -${signal} $!; wait $!`,
    );
    expect(await session.end()).toMatch(new RegExp(`exit ${code}$`));
    await expectSane({});
  });

  test("a closed window ends the command in it", async () => {
    await session.begin(`ockam message send hello --to ${route} --timeout 60s`);
    await session.seen("Waiting for the reply");
    await session[Symbol.asyncDispose]();
    await expect.poll(() => home.processes(), { timeout: 20_000 }).toEqual([]);
  });
});

test("project enroll asks, and is given up", async () => {
  await session.begin("ockam project enroll");
  await session.seen("Paste the ticket:");
  await session.press("C-c");
  expect(await session.end()).toMatch(INTERRUPTED);
  await expectSane({});
  expect(await home.output(["identity", "list", "--jq", "length"])).toBe("0");
});
