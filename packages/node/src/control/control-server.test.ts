import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import type { ControlMethod } from "./control-api.ts";
import { MAX_CONTROL_CALL_LENGTH } from "./control-server.ts";
import { MAX_CONTROL_REPLY_LENGTH, NodeClient } from "./node-client.ts";
import type { OckamNode } from "../ockam-node.ts";
import { controlSocketPath, makeSocketFolder, MAX_SOCKET_PATH_LENGTH } from "../platform/unix-socket.ts";
import { openState, sqliteState } from "../state/sqlite-state.ts";
import type { State } from "../state/state.ts";

interface World extends AsyncDisposable {
  readonly nodes: Nodes;
  readonly state: State;
  readonly node: OckamNode;
  readonly client: NodeClient;
}

/** A node that takes calls, and a client of it. */
async function world(folder = ""): Promise<World> {
  const home = temporaryHome();
  const state = openState({ home: join(home.path, folder) });
  const nodes = new Nodes();
  const node = await nodes.create({ state, name: "n1", control: true });
  return {
    nodes,
    state,
    node,
    client: new NodeClient(state, "n1"),
    async [Symbol.asyncDispose]() {
      await nodes[Symbol.asyncDispose]();
      state.close();
      home[Symbol.dispose]();
    },
  };
}

/** A call that is written by hand. */
function post(
  socketPath: string,
  method: string,
  path: string,
  body: string,
): Promise<readonly [number, string]> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve([response.statusCode ?? 0, text]));
    });
    call.on("error", reject);
    call.end(body);
  });
}

describe("calls", () => {
  test("return what the method does, or fail as it does", async () => {
    await using w = await world();
    expect(await w.client.call("node.show", {})).toEqual(w.node.show());
    const created = await w.client.call("tcp-outlet.create", { to: "127.0.0.1:5432" });
    expect(created).toEqual(w.node.tcpOutlets.show("outlet"));
    const again = codeOf(() => w.client.call("tcp-outlet.create", { to: "127.0.0.1:1", address: "outlet" }));
    expect(await again).toBe("OCKAM_NODE_ADDRESS_IN_USE");
    await expect(
      w.client.call("message.send", { to: "/service/x", payload: "00", timeout: 100 }),
    ).rejects.toMatchObject({ details: { hop: "/service/x" } });
  });

  test("that are stuck hold up nobody, and end when their caller leaves", async () => {
    await using w = await world();
    const peer = await w.nodes.create();
    peer.router.start(() => {}, { address: "silent" });
    peer.tcpListeners.addConsumer(peer.tcpListeners.list()[0]!.flow_control_id, "silent");
    const before = w.node.router.addresses().length;
    const abort = new AbortController();
    const stuck = Array.from({ length: 10 }, () =>
      w.client.call(
        "secure-channel.create",
        { to: `${addressOf(peer)}/service/silent` },
        { signal: abort.signal },
      ),
    );
    const outcomes = Promise.allSettled(stuck);
    await expect.poll(() => w.node.router.addresses().length).toBeGreaterThan(before + 10);
    expect((await w.client.call("node.show", {})).name).toBe("n1");
    const timed = w.client.call(
      "secure-channel.create",
      { to: `${addressOf(peer)}/service/silent` },
      { timeout: 50 },
    );
    await expect(timed).rejects.toMatchObject({ code: "OCKAM_NODE_CONTROL_TIMEOUT" });
    const reason = new Error("enough");
    abort.abort(reason);
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: "rejected", reason });
    await expect.poll(() => w.node.router.addresses().length).toBe(before);
    expect(await w.node.secureChannels.list()).toEqual([]);
  });

  test("to a node that does not run say so", async () => {
    await using w = await world();
    await w.node.close();
    expect(await codeOf(() => w.client.call("node.show", {}))).toBe("OCKAM_NODE_NOT_RUNNING");
    const nobody = new NodeClient(w.state, "nobody");
    expect(await codeOf(() => nobody.call("node.show", {}))).toBe("OCKAM_NODE_NOT_RUNNING");
  });

  test("can end the node", async () => {
    await using w = await world();
    expect(await w.client.call("node.stop", {})).toEqual({});
    await w.node.closed;
    expect(existsSync(controlSocketPath(w.state.home, "n1"))).toBe(false);
  });
});

test("a reply that is too long is not taken", async () => {
  using home = temporaryHome();
  using state = sqliteState(openState({ home: home.path }));
  const { name: identityName } = await state.identities.getDefault();
  const options = { tcpListenerAddress: "off", statusEndpoint: "off" };
  state.nodes.claim("n1", { identityName, options, process: state.processes.own() });
  const path = join(home.path, "fake.sock");
  const control = { path, token: undefined };
  state.nodes.setBound("n1", { tcpListener: undefined, statusEndpoint: undefined, control });
  const piece = "x".repeat(1_048_576);
  const server = createServer((_call, response) => {
    for (let length = 0; length <= MAX_CONTROL_REPLY_LENGTH; length += piece.length) response.write(piece);
    response.end();
  }).listen(path);
  await once(server, "listening");
  expect(await codeOf(() => new NodeClient(state, "n1").call("node.show", {}))).toBe(
    "OCKAM_NODE_CONTROL_FAILED",
  );
  server.close();
});

describe("what is no call", () => {
  test("is refused by name", async () => {
    await using w = await world();
    const path = controlSocketPath(w.state.home, "n1");
    const codes = async (...args: readonly [string, string, string]): Promise<unknown> => {
      const [status, text] = await post(path, ...args);
      const { error } = JSON.parse(text) as { readonly error: { readonly code: string } };
      return [status, error.code];
    };
    expect(await codes("POST", "/node.explode", "{}")).toEqual([400, "OCKAM_NODE_UNKNOWN_METHOD"]);
    expect(await codes("POST", "/toString", "{}")).toEqual([400, "OCKAM_NODE_UNKNOWN_METHOD"]);
    expect(await codes("GET", "/node.show", "")).toEqual([400, "OCKAM_NODE_UNKNOWN_METHOD"]);
    expect(await codes("POST", "/node.show", "{")).toEqual([400, "OCKAM_NODE_INVALID_PARAMETERS"]);
    const long = JSON.stringify({ x: "y".repeat(MAX_CONTROL_CALL_LENGTH) });
    expect(await codes("POST", "/node.show", long)).toEqual([400, "OCKAM_NODE_INVALID_PARAMETERS"]);
  });

  test("has unknown, missing or malformed parameters: none is ignored", async () => {
    await using w = await world();
    const attempt = (method: ControlMethod, params: object): Promise<unknown> =>
      codeOf(() => w.client.call(method, params));
    for (const params of [
      {},
      { to: 5432 },
      { to: "127.0.0.1:1", policy: "role=app" },
      { to: "127.0.0.1:1", tls: "yes" },
      [],
    ])
      expect(await attempt("tcp-outlet.create", params), JSON.stringify(params)).toBe(
        "OCKAM_NODE_INVALID_PARAMETERS",
      );
    for (const params of [{ timeout: -1 }, { timeout: 2 ** 31 }, { timeout: "1s" }, { authorized: [1] }])
      expect(await attempt("secure-channel.create", { to: "/service/api", ...params })).toBe(
        "OCKAM_NODE_INVALID_PARAMETERS",
      );
    expect(await attempt("service.start", { type: "shell" })).toBe("OCKAM_NODE_INVALID_PARAMETERS");
    expect(w.node.tcpOutlets.list()).toEqual([]);
  });
});

describe("the socket", () => {
  test("is the owner's alone", async () => {
    await using w = await world();
    const path = controlSocketPath(w.state.home, "n1");
    expect(path).toBe(join(w.state.home, "run", "n1.sock"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  test("is elsewhere when the state folder has a long path", async () => {
    const folder = "x".repeat(MAX_SOCKET_PATH_LENGTH);
    await using w = await world(folder);
    const path = sqliteState(w.state).nodes.controlOf("n1")!.path;
    expect(path.startsWith(tmpdir())).toBe(true);
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(MAX_SOCKET_PATH_LENGTH);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect((await w.client.call("node.show", {})).name).toBe("n1");
    expect(controlSocketPath(w.state.home, "n1")).not.toBe(controlSocketPath(w.state.home, "n2"));
  });

  test("is not put where others may enter", () => {
    using home = temporaryHome();
    const shared = join(home.path, "shared");
    mkdirSync(shared);
    chmodSync(shared, 0o770);
    expect(() => makeSocketFolder(shared)).toThrow(/others may enter/);
    const link = join(home.path, "link");
    mkdirSync(join(home.path, "target"), { mode: 0o700 });
    symlinkSync(join(home.path, "target"), link);
    expect(() => makeSocketFolder(link)).toThrow(/is not a folder/);
  });

  test("that a killed process left is no obstacle", async () => {
    await using w = await world();
    const { node } = w;
    const path = controlSocketPath(w.state.home, "n1");
    await node.close();
    mkdirSync(dirname(path), { recursive: true });
    // A file in its place, as a socket without a listener is.
    writeFileSync(path, "");
    const again = await w.nodes.create({ state: w.state, name: "n1", control: true });
    expect((await w.client.call("node.show", {})).name).toBe("n1");
    await again.close();
  });
});
