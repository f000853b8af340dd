import { isOckamError } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import { describe, expect, test } from "vitest";

import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import type { OckamNode } from "../ockam-node.ts";

const HELLO = "0568656c6c6f";

function send(node: OckamNode, to: string, timeout = 5000): Promise<unknown> {
  return codeOf(async () => (await node.sendMessage({ to, payload: HELLO, timeout })).payload);
}

async function failure(node: OckamNode, to: string, timeout = 300): Promise<readonly unknown[]> {
  try {
    await node.sendMessage({ to, payload: HELLO, timeout });
    return [];
  } catch (error) {
    return isOckamError(error) ? [error.code, error.details["hop"]] : [error];
  }
}

describe("routes that work", () => {
  test("plain, through a channel, and through channels in each other", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const to = addressOf(b);
    expect(await send(a, `${to}/service/uppercase`)).toBe("0548454c4c4f");
    expect(await send(a, `${to}/secure/api/service/echo`)).toBe(HELLO);
    expect(await send(a, `${to}/secure/api/secure/api/service/echo`)).toBe(HELLO);
    expect(await send(a, `${to}/secure/api/secure/api/secure/api/service/echo`)).toBe(HELLO);
    expect(await send(a, "/secure/api/service/echo")).toBe(HELLO);
    expect(await send(a, "/service/uppercase")).toBe("0548454c4c4f");
  });

  test("by name, also of a node elsewhere that was restarted", async () => {
    await using nodes = new Nodes();
    const a = await nodes.create({ name: "a" });
    expect(await send(a, "/node/a/service/echo")).toBe(HELLO);
    expect(await send(a, "/node/b/service/echo")).toBe("OCKAM_NODE_UNKNOWN_NODE");
  });

  test("through a hop to a third node", async () => {
    await using nodes = new Nodes();
    const [n1, n2, n3] = [await nodes.create(), await nodes.create(), await nodes.create()];
    n2.services.start({ type: "hop" });
    const first = await n1.tcpConnections.create(n2.tcpListenerAddress!);
    const second = await n2.tcpConnections.create(n3.tcpListenerAddress!);
    const to = `/worker/${first.worker_addr}/service/hop/worker/${second.worker_addr}`;
    expect(await send(n1, `${to}/service/uppercase`)).toBe("0548454c4c4f");
    expect(await send(n1, `${to}/secure/api/service/echo`)).toBe(HELLO);
  });

  test("leave nothing open", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const before = [a.router.addresses().length, b.router.addresses().length];
    await send(a, `${addressOf(b)}/secure/api/secure/api/service/echo`);
    await send(a, `${addressOf(b)}/secure/nobody/service/echo`, 100);
    await send(a, `${addressOf(b)}/secure/api/service/nobody`, 100);
    await expect.poll(() => [a.router.addresses().length, b.router.addresses().length]).toEqual(before);
    expect(a.tcpConnections.list()).toEqual([]);
  });
});

describe("a failure names its hop", () => {
  test("nobody listens; no such listener; no such service", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const to = addressOf(b);
    expect(await failure(a, "/ip4/127.0.0.1/tcp/9/service/echo")).toEqual([
      "OCKAM_NODE_CONNECT_FAILED",
      "/ip4/127.0.0.1/tcp/9",
    ]);
    expect(await failure(a, `${to}/secure/nobody/service/echo`)).toEqual([
      "OCKAM_NODE_HANDSHAKE_FAILED",
      "/secure/nobody",
    ]);
    expect(await failure(a, `${to}/secure/api/service/nobody`)).toEqual([
      "OCKAM_NODE_UNANSWERED",
      "/service/nobody",
    ]);
    expect(await failure(a, "/service/nobody")).toEqual(["OCKAM_NODE_INVALID_ROUTE", "/service/nobody"]);
    expect(await failure(a, "/worker/nobody/secure/api/service/echo")).toEqual([
      "OCKAM_NODE_INVALID_ROUTE",
      "/secure/api",
    ]);
  });

  test("the peer is another one than asked for; the peer does not want us", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    const to = addressOf(b);
    const create = (listener: string, authorized: readonly string[]): Promise<unknown> =>
      codeOf(() => a.secureChannels.create({ to: `${to}/service/${listener}`, authorized, timeout: 400 }));
    expect(await create("api", [a.identifier])).toBe("OCKAM_NODE_PEER_NOT_TRUSTED");
    b.secureChannelListeners.create({ address: "closed", authorized: [b.identifier] });
    expect(await create("closed", [])).toBe("OCKAM_NODE_REFUSED_BY_PEER");
    b.secureChannelListeners.create({ address: "open", authorized: [a.identifier] });
    expect(await create("open", [b.identifier])).toMatchObject({ their_identifier: b.identifier });
    expect(await a.secureChannels.list()).toHaveLength(1);
  });

  test("whom to accept counts for the last channel only", async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.create(), await nodes.create()];
    await b.call("secure-channel-listener.create", { address: "outer" });
    const to = `${addressOf(b)}/secure/outer/service/api`;
    expect(await codeOf(() => a.secureChannels.create({ to, authorized: [b.identifier] }))).toMatchObject({
      their_identifier: b.identifier,
    });
  });
});

test("a channel is not waited for when the connection below it is gone", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.create(), await nodes.create()];
  // The first message of the handshake comes, and the connection goes.
  b.router.start(() => void Promise.all(b.tcpListeners.connections().map((each) => each.close())), {
    address: "hangs-up",
  });
  b.tcpListeners.addConsumer(b.tcpListeners.list()[0]!.flow_control_id, "hangs-up");
  expect(await send(a, `${addressOf(b)}/secure/hangs-up/service/echo`, 60_000)).toBe(
    "OCKAM_NODE_CONNECT_FAILED",
  );
});

test("an abort ends the building and leaves nothing", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.create(), await nodes.create()];
  b.router.start(() => {}, { address: "silent" });
  b.tcpListeners.addConsumer(b.tcpListeners.list()[0]!.flow_control_id, "silent");
  const before = a.router.addresses().length;
  const abort = new AbortController();
  const reason = new Error("enough");
  const building = a.secureChannels.create({ to: `${addressOf(b)}/service/silent` }, abort.signal);
  setTimeout(() => abort.abort(reason), 20);
  await expect(building).rejects.toBe(reason);
  await expect.poll(() => a.router.addresses().length).toBe(before);
  expect(a.router.has(Address.local("echo"))).toBe(true);
});
