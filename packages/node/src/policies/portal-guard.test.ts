import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

import { Identifier } from "@ockam/identity";
import { describe, expect, test } from "vitest";

import { echoTarget, throughPort } from "../../testing/echo-target.ts";
import { Issuer } from "../../testing/issuer.ts";
import { memberOf } from "../../testing/member.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import type { OckamNode } from "../ockam-node.ts";

/** When a reset that does not come is given up, ms. */
const PATIENCE = 10_000;
const DENIED_HERE = "a policy here does not allow the node at the other end";
const DENIED_THERE = "the other end does not allow this node";

/** A client and a service of one authority, with an echo behind the service's outlet `echoes`. */
class Scene implements AsyncDisposable {
  readonly nodes: Nodes = new Nodes();
  readonly issuer: Issuer;
  client!: OckamNode;
  service!: OckamNode;
  #target!: Disposable & { readonly address: string };

  private constructor(issuer: Issuer) {
    this.issuer = issuer;
  }

  static async create(
    lifetimes: { readonly client?: number; readonly service?: number } = {},
  ): Promise<Scene> {
    const scene = new Scene(await Issuer.create());
    scene.#target = await echoTarget();
    const { issuer, nodes } = scene;
    scene.client = await nodes.create(await memberOf(issuer, { role: "client" }, lifetimes.client));
    scene.service = await nodes.create(await memberOf(issuer, { role: "service" }, lifetimes.service));
    return scene;
  }

  get to(): string {
    return `${addressOf(this.service)}/secure/api/service/echoes`;
  }

  outlet(allow?: string, skipHandshake = false): void {
    const rest = allow === undefined ? {} : { allow };
    this.service.tcpOutlets.create({ to: this.#target.address, address: "echoes", skipHandshake, ...rest });
  }

  async inlet(allow?: string, skipHandshake = false): Promise<string> {
    const rest = allow === undefined ? {} : { allow };
    const { bind_addr: address } = await this.client.tcpInlets.create({
      name: "in",
      to: this.to,
      skipHandshake,
      ...rest,
    });
    return address;
  }

  get lastFailure(): string | null {
    return this.client.tcpInlets.show("in").last_failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nodes[Symbol.asyncDispose]();
    this.#target[Symbol.dispose]();
  }
}

/** A client's connection, after an exchange. */
async function openThrough(address: string): Promise<Socket> {
  const socket = connect(Number(address.slice(address.lastIndexOf(":") + 1)), "127.0.0.1");
  socket.write("x");
  await once(socket, "data");
  return socket;
}

/** How the connection ends, and nothing but a reset will do. */
async function endOf(socket: Socket): Promise<string> {
  const [error] = (await once(socket, "error", { signal: AbortSignal.timeout(PATIENCE) })) as [
    NodeJS.ErrnoException,
  ];
  return String(error.code);
}

describe("by attributes", () => {
  test("both ends decide about each other, and whoever is turned away is told at once", async () => {
    await using scene = await Scene.create();
    scene.outlet("role=client");
    const address = await scene.inlet("role=service");
    expect(await throughPort(address)).toBe("hello");
    scene.service.policies.set("echoes", "role=other");
    expect(await throughPort(address)).toBe("closed");
    expect(scene.lastFailure).toContain(DENIED_THERE);
    scene.service.policies.set("echoes", "role=client");
    expect(await throughPort(address)).toBe("hello");
    scene.client.policies.set("in", "role=other");
    expect(await throughPort(address)).toBe("closed");
    expect(scene.lastFailure).toContain(DENIED_HERE);
    expect(scene.client.tcpInlets.show("in").status).toBe("Up");
  });

  test("without a credential, and without a channel, there is no way in", async () => {
    await using scene = await Scene.create();
    scene.outlet();
    const stranger = await scene.nodes.create();
    const nobody = await scene.nodes.create(await memberOf(scene.issuer));
    for (const node of [stranger, nobody])
      for (const to of [scene.to, `${addressOf(scene.service)}/service/echoes`]) {
        const { bind_addr: address } = await node.tcpInlets.create({ to });
        expect(await throughPort(address), to).toBe("closed");
      }
    expect(await throughPort(await scene.inlet())).toBe("hello");
  });

  test("outlets that skip the handshake decide as well", async () => {
    await using scene = await Scene.create();
    scene.outlet("role=client", true);
    const address = await scene.inlet(undefined, true);
    expect(await throughPort(address)).toBe("hello");
    const socket = await openThrough(address);
    scene.service.policies.set("echoes", "role=other");
    await once(socket, "close");
    expect(await throughPort(address)).toBe("closed");
  });
});

describe("an open connection is reset at both ends", () => {
  test.each(["client", "service"] as const)("when the policy of the %s changes", async (side) => {
    await using scene = await Scene.create();
    scene.outlet();
    const address = await scene.inlet();
    const socket = await openThrough(address);
    if (side === "client") scene.client.policies.set("tcp-inlet", "role=other");
    else scene.service.policies.set("tcp-outlet", "role=other");
    expect(await endOf(socket)).toBe("ECONNRESET");
    expect(scene.lastFailure).toContain(side === "client" ? DENIED_HERE : DENIED_THERE);
  });

  test.each(["client", "service"] as const)("when what is attested of the %s is gone", async (side) => {
    await using scene = await Scene.create();
    scene.outlet();
    const socket = await openThrough(await scene.inlet());
    const [member, judge] = side === "client" ? [scene.client, scene.service] : [scene.service, scene.client];
    await judge.trust.attributes.delete(Identifier.parse(member.identifier));
    expect(await endOf(socket)).toBe("ECONNRESET");
    expect(await codeOf(() => scene.lastFailure)).toContain(side === "client" ? DENIED_THERE : DENIED_HERE);
  });

  test.each(["client", "service"] as const)("when the credential of the %s expires", async (side) => {
    await using scene = await Scene.create({ [side]: 2 });
    scene.outlet();
    const address = await scene.inlet();
    const socket = await openThrough(address);
    expect(await endOf(socket)).toBe("ECONNRESET");
    expect(await throughPort(address)).toBe("closed");
    expect(scene.lastFailure).toMatch(/credential/);
  });

  test("but goes on while its peer is allowed, whatever happens to others", async () => {
    await using scene = await Scene.create();
    scene.outlet("role=client");
    const address = await scene.inlet();
    const socket = await openThrough(address);
    scene.service.policies.set("echoes", "role=client or role=other");
    scene.service.policies.set("others", "role=other");
    await scene.service.trust.attributes.delete(Identifier.parse(scene.service.identifier));
    scene.client.policies.delete("tcp-outlet");
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.write("y");
    expect(String((await once(socket, "data"))[0])).toBe("y");
    socket.destroy();
  });
});

describe("the policy of a name", () => {
  test("goes with what it was made for, and no other thing may change it", async () => {
    await using scene = await Scene.create();
    scene.outlet("role=client");
    const shared = scene.service.tcpInlets.create({ name: "echoes", to: scene.to, allow: "role=other" });
    expect(await codeOf(() => shared)).toBe("OCKAM_NODE_INVALID_POLICY");
    expect(scene.service.policies.show("echoes").expression).toBe('(= subject.role "client")');
    await scene.service.tcpOutlets.delete("echoes");
    expect(await codeOf(() => scene.service.policies.show("echoes"))).toBe("OCKAM_NODE_POLICY_NOT_FOUND");
    await scene.inlet("role=service");
    await scene.client.tcpInlets.delete("in");
    expect(await codeOf(() => scene.client.policies.show("in"))).toBe("OCKAM_NODE_POLICY_NOT_FOUND");
  });

  test("is not left behind by what could not be made", async () => {
    await using scene = await Scene.create();
    const params = { address: "bad", to: "127.0.0.1:0", allow: "role=client" };
    expect(await codeOf(() => scene.service.tcpOutlets.create(params))).toBe("OCKAM_NODE_INVALID_ADDRESS");
    expect(await codeOf(() => scene.service.policies.show("bad"))).toBe("OCKAM_NODE_POLICY_NOT_FOUND");
    scene.outlet("role=client");
    const again = { address: "echoes", to: "127.0.0.1:9", allow: "role=other" };
    expect(await codeOf(() => scene.service.tcpOutlets.create(again))).toBe("OCKAM_NODE_ADDRESS_IN_USE");
    expect(scene.service.policies.show("echoes").expression).toBe('(= subject.role "client")');
  });
});
