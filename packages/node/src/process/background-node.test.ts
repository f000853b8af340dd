// The few tests that need processes.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { codeOf } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { nodeFolder } from "../state/home-folder.ts";
import { newestLogFile } from "./log-file.ts";
import { NodeClient } from "../control/node-client.ts";
import { resetState } from "./reset-state.ts";
import { SqliteState } from "../state/sqlite-state.ts";
import { startBackgroundNode } from "./start-background-node.ts";
import { stopNode } from "./stop-node.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

const home = temporaryHome();
let state: SqliteState;

beforeAll(() => {
  state = SqliteState.open({ home: home.path });
});

afterAll(async () => {
  state.close();
  await resetState({ home: home.path });
  home[Symbol.dispose]();
});

function commandOf(name: string): readonly string[] {
  return [process.execPath, fileURLToPath(new URL("../../testing/run-node.ts", import.meta.url)), name];
}

function start(name: string, options = {}): ReturnType<typeof startBackgroundNode> {
  return startBackgroundNode({
    state,
    name,
    command: commandOf(name),
    options: { statusEndpoint: "off", ...options },
  });
}

describe("a background node", () => {
  test("comes up once, however many start it", async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => codeOf(() => start("n1"))));
    const codes = outcomes.filter((outcome) => typeof outcome === "string");
    expect(codes).toEqual(["OCKAM_NODE_ALREADY_RUNNING", "OCKAM_NODE_ALREADY_RUNNING"]);
    expect(state.nodes.get("n1").status).toBe("running");
    expect(await codeOf(() => start("n1"))).toBe("OCKAM_NODE_ALREADY_RUNNING");
    const client = new NodeClient(state, "n1");
    const shown = await client.call("node.show", {});
    expect(shown.pid).toBe(state.nodes.get("n1").pid);
    expect(shown.pid).not.toBe(process.pid);
    await client.call("tcp-outlet.create", { to: "127.0.0.1:5432" });
    expect(readdirSync(nodeFolder(home.path, "n1")).join()).toMatch(/^stdout\./);
    expect(readFileSync(newestLogFile(nodeFolder(home.path, "n1"))!, "utf8")).toContain("n1 is up");
  });

  test("is back after SIGKILL, with what it had, where it was", async () => {
    const before = state.nodes.get("n1");
    process.kill(before.pid!, "SIGKILL");
    await expect.poll(() => state.nodes.get("n1").status).toBe("stopped");
    expect(await codeOf(() => new NodeClient(state, "n1").call("node.show", {}))).toBe(
      "OCKAM_NODE_NOT_RUNNING",
    );
    const after = await start("n1");
    expect(after.tcpListenerAddress).toBe(before.tcpListenerAddress);
    const { outlets } = await new NodeClient(state, "n1").call("node.show", {});
    expect(outlets.map(({ to }) => to)).toEqual(["127.0.0.1:5432"]);
  });

  test("stops when it is told to, and can be deleted then", async () => {
    const mark = state.nodes.processOf("n1")!;
    expect(await codeOf(() => state.nodes.delete("n1"))).toBe("OCKAM_NODE_STILL_RUNNING");
    expect(await stopNode({ state, name: "n1" })).toBe("stopped");
    expect(state.processes.status(mark)).not.toBe("running");
    expect(state.nodes.get("n1")).toMatchObject({ status: "stopped", pid: undefined });
    expect(await stopNode({ state, name: "n1" })).toBe("was-not-running");
    state.nodes.delete("n1");
    expect(existsSync(nodeFolder(home.path, "n1"))).toBe(false);
    expect(await codeOf(() => stopNode({ state, name: "n1" }))).toBe("OCKAM_NODE_UNKNOWN_NODE");
  });

  test("that cannot come up says why, and leaves nothing", async () => {
    const attempt = start("n2", { tcpListenerAddress: "nonsense" });
    expect(await codeOf(() => attempt)).toBe("OCKAM_TCP_INVALID_ADDRESS");
    expect(state.nodes.find("n2")).toBeUndefined();
    expect(existsSync(nodeFolder(home.path, "n2"))).toBe(false);
    const broken = startBackgroundNode({
      state,
      name: "n2",
      command: [process.execPath, "-e", "process.exit(3)"],
    });
    await expect(broken).rejects.toMatchObject({ code: "OCKAM_NODE_START_FAILED" });
    const absent = startBackgroundNode({ state, name: "n2", command: ["/no/such/program"] });
    await expect(absent).rejects.toMatchObject({ code: "OCKAM_NODE_START_FAILED" });
    const silent = startBackgroundNode({
      state,
      name: "n2",
      command: [process.execPath, "-e", "setInterval(() => {}, 1000)"],
      timeout: 300,
    });
    await expect(silent).rejects.toMatchObject({ code: "OCKAM_NODE_START_TIMEOUT" });
    const talkative = startBackgroundNode({
      state,
      name: "n2",
      command: [process.execPath, "-e", "throw new Error('no such module')"],
    });
    await expect(talkative).rejects.toThrow(/ended with 1 \(Error: no such module\)/);
    expect(existsSync(nodeFolder(home.path, "n2"))).toBe(false);
    expect(await codeOf(() => start("n!"))).toBe("OCKAM_NODE_INVALID_NAME");
  });
});

test("a node whose parent is interrupted before it is up ends, and is forgotten", async () => {
  using own = temporaryHome();
  for (const moment of ["order", "claim"]) {
    const [program, script] = commandOf("n3");
    const child = fork(script!, ["n3"], {
      execPath: program!,
      env: { ...process.env, OCKAM_HOME: own.path, OCKAM_NODE_START_ORDER_AWAITED: "true" },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const exited = once(child, "exit");
    if (moment === "claim") child.send({ options: { statusEndpoint: "off" } });
    child.disconnect();
    await exited;
    using after = SqliteState.open({ home: own.path });
    expect(after.nodes.list(), moment).toEqual([]);
  }
});

test("a process that does not heed SIGTERM is killed", async () => {
  const child = fork(fileURLToPath(new URL("../../testing/ignore-sigterm.ts", import.meta.url)), {
    env: { ...process.env, OCKAM_HOME: home.path },
  });
  await once(child, "message");
  const exited = once(child, "exit");
  const onSlow = vi.fn();
  expect(await stopNode({ state, name: "stubborn", timeout: 300, onSlow })).toBe("killed");
  expect(onSlow).toHaveBeenCalledOnce();
  expect((await exited)[1]).toBe("SIGKILL");
  expect(state.nodes.get("stubborn").status).toBe("stopped");
});

test("a process that is killed while it writes leaves a state that can be used", async () => {
  using churned = temporaryHome();
  const script = fileURLToPath(new URL("../../testing/churn-state.ts", import.meta.url));
  for (let times = 0; times < 3 * SCALE; times++) {
    const child = fork(script, { env: { ...process.env, OCKAM_HOME: churned.path } });
    await once(child, "message");
    await sleep(20 + Math.random() * 80);
    child.kill("SIGKILL");
    await once(child, "exit");
    using after = SqliteState.open({ home: churned.path });
    expect(after.database.first("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    expect(after.database.all("PRAGMA foreign_key_check")).toEqual([]);
    const nodes = after.nodes.list();
    expect(nodes.filter(({ isDefault }) => isDefault)).toHaveLength(nodes.length === 0 ? 0 : 1);
    // Every identity that has a name has its history and its key.
    for (const { name } of after.identities.list()) {
      const { identities, identifier } = after.identities.open(name);
      expect(await identities.hasSigningKey(identifier)).toBe(true);
    }
    expect((await after.identities.create()).name).not.toBe("");
  }
});
