// Two machines in one process: each has a home of its own.
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { Readable } from "node:stream";

import { createNode, type OckamNode, type State } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { temporaryHome } from "../../testing/test-project.ts";
import { testTerminal, typed } from "../../testing/test-terminal.ts";
import { enrol } from "../enrolment.ts";
import { withNode, type RunningNode } from "../node-access.ts";
import type { TerminalOptions } from "../terminal.ts";
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from "../socket-address.ts";
import { awaitService } from "./await-service.ts";
import { offerService } from "./offer-service.ts";
import type { OpenedPortal } from "./opened-portal.ts";
import { formatPortalTicket, readPortalTicket } from "./portal-ticket.ts";
import { redeemPortal } from "./redeem-portal.ts";

let parts: AsyncDisposableStack;

beforeEach(() => {
  parts = new AsyncDisposableStack();
  vi.stubEnv("OCKAM_DEFAULT_TIMEOUT", "5s");
});

afterEach(async () => {
  await parts.disposeAsync();
  vi.unstubAllEnvs();
});

/** A machine: its nodes run in this process. */
class Machine {
  readonly state: State;
  readonly #home = temporaryHome();
  readonly #nodes = new Map<string, OckamNode>();

  constructor() {
    this.state = openState({ home: this.#home });
    parts.defer(async () => {
      for (const name of this.#nodes.keys()) await this.stop(name);
      this.state.close();
      rmSync(this.#home, { recursive: true });
    });
  }

  /** What is said on standard error, and what comes of it. */
  async run(
    work: (ground: Parameters<typeof offerService>[0]) => Promise<OpenedPortal>,
    stdin: TerminalOptions["stdin"] = Readable.from([]),
  ): Promise<OpenedPortal & { readonly said: string }> {
    vi.stubEnv("OCKAM_HOME", this.#home);
    const { terminal, stderr } = testTerminal({ stdin });
    const start = async ({
      name,
      identity,
      options,
    }: {
      name: string;
      identity?: string;
      options?: object;
    }) => {
      const own = identity === undefined ? {} : { identity };
      const { state } = this;
      this.#nodes.set(name, await createNode({ state, name, control: true, ...own, ...options }));
      return state.nodes.get(name);
    };
    const opened = await work({ state: this.state, terminal, start });
    return { ...opened, said: stderr.text };
  }

  async stop(name: string): Promise<void> {
    await this.#nodes.get(name)?.close();
  }

  async stopAll(): Promise<void> {
    for (const { name } of this.state.nodes.list()) await this.stop(name);
  }

  offer(service: SocketAddress, name = "db") {
    return this.run((ground) => offerService(ground, { service, name, address: "127.0.0.1" }));
  }

  call<T>(at: string, work: (node: RunningNode) => Promise<T>): Promise<T> {
    vi.stubEnv("OCKAM_HOME", this.#home);
    return withNode({ at, terminal: testTerminal().terminal }, work);
  }

  redeem(ticket: string | undefined, address?: SocketAddress, stdin?: TerminalOptions["stdin"]) {
    return this.run((ground) => redeemPortal(ground, readPortalTicket(ticket ?? ""), address), stdin);
  }
}

/** A service that greets. */
async function startService(greeting = "hello"): Promise<SocketAddress> {
  const server: Server = createServer((socket) => socket.end(greeting)).listen(0, "127.0.0.1");
  await once(server, "listening");
  parts.defer(async () => {
    server.close();
    await once(server, "close");
  });
  return { scheme: "tcp", host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

/** Where nobody listens. */
async function freeAddress(): Promise<SocketAddress> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return { scheme: "tcp", host: "127.0.0.1", port };
}

async function greetingAt(address: string): Promise<string> {
  const { host, port } = parseSocketAddress(address);
  const socket = connect({ host, port });
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => (text += chunk.toString()));
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

describe("a portal", () => {
  test("is made by one command on each of two machines, and by its ticket on no third one", async () => {
    const [there, here, stranger] = [new Machine(), new Machine(), new Machine()];
    const service = await startService();
    const offered = await there.offer(service);
    expect(offered).toMatchObject({ end: "outlet", name: "db", node: "portal", status: "Up" });
    const opened = await here.redeem(offered.ticket);
    expect(opened).toMatchObject({ end: "inlet", status: "Up", ticket: undefined });
    // The service has its port: another one is taken, and told.
    expect(opened.said).toContain(`127.0.0.1:${service.port} is in use here`);
    expect(await greetingAt(opened.address)).toBe("hello");
    await expect(stranger.redeem(offered.ticket)).rejects.toMatchObject({ code: "OCKAM_CLI_TICKET_USED" });
    expect(stranger.state.nodes.list()).toEqual([]);
    // The user's own identity is not the one of the portal.
    expect(here.state.identities.findDefault()?.name).not.toBe(opened.node);
    // What was cut short before there was a node is completed with the same ticket.
    await here.stop(opened.node);
    here.state.nodes.delete(opened.node);
    expect(await here.redeem(offered.ticket)).toMatchObject({ node: opened.node, status: "Up" });
  });

  test("comes back with the same commands after both machines were off", async () => {
    const [there, here] = [new Machine(), new Machine()];
    const offered = await there.offer(await startService());
    const opened = await here.redeem(offered.ticket);
    await here.stopAll();
    await there.stopAll();
    const service = parseSocketAddress(offered.address);
    const again = await there.offer(service);
    expect(again).toMatchObject({ node: offered.node, relay: offered.relay, status: "Up" });
    expect(await here.redeem(offered.ticket)).toMatchObject({ address: opened.address, node: opened.node });
    await vi.waitFor(async () => expect(await greetingAt(opened.address)).toBe("hello"), 5000);
    // While it runs, the used ticket moves it to another port.
    const other = await freeAddress();
    expect(await here.redeem(offered.ticket, other)).toMatchObject({ address: formatSocketAddress(other) });
    await expect(here.redeem(offered.ticket, service)).rejects.toMatchObject({
      code: "OCKAM_NODE_PORT_IN_USE",
    });
  });

  test("admits to nothing but its service", async () => {
    const [there, here] = [new Machine(), new Machine()];
    const first = await there.offer(await startService("one"), "one");
    const second = await there.offer(await startService("two"), "two");
    const [one, two] = [await here.redeem(first.ticket), await here.redeem(second.ticket)];
    expect(await greetingAt(one.address)).toBe("one");
    expect(await greetingAt(two.address)).toBe("two");
    const { to } = await here.call(two.node, async (node) => {
      const [inlet] = await node.call("tcp-inlet.list", {});
      return { to: inlet!.outlet_addr };
    });
    const denied = await here.call(one.node, (node) =>
      node.call("tcp-inlet.create", { name: "through-one", from: "127.0.0.1:0", to, connectionWait: 300 }),
    );
    expect(await greetingAt(denied.bind_addr)).toBe("");
    await expect(there.offer(await startService(), "one")).rejects.toMatchObject({
      code: "OCKAM_CLI_PORTAL_EXISTS",
    });
  });

  test("begins at the machine of the clients where only that can be reached", async () => {
    const [here, there] = [new Machine(), new Machine()];
    const [from, service] = [await freeAddress(), await startService("from there")];
    const options = { from, service, name: "web", address: "127.0.0.1" };
    const awaited = await here.run((ground) => awaitService(ground, options));
    expect(awaited).toMatchObject({ end: "inlet", address: formatSocketAddress(from), status: "Down" });
    expect(await there.redeem(awaited.ticket)).toMatchObject({
      end: "outlet",
      address: formatSocketAddress(service),
      status: "Up",
    });
    await vi.waitFor(async () => expect(await greetingAt(awaited.address)).toBe("from there"), 5000);
    const policy = await here.call("portal", (node) => node.call("policy.show", { resource: awaited.relay }));
    expect(policy.expression).toBe(`(= subject.ockam-portal "${awaited.relay}/web/outlet")`);
    // Who serves is told by its ticket, and may say where the service is.
    const other = await startService("elsewhere");
    await there.redeem(awaited.ticket, other);
    await vi.waitFor(async () => expect(await greetingAt(awaited.address)).toBe("elsewhere"), 5000);
    // It may let nobody in.
    await expect(there.offer(service)).rejects.toMatchObject({ code: "OCKAM_CLI_USAGE" });
    await expect(
      there.run((ground) => offerService(ground, { service, name: "web", address: undefined })),
    ).rejects.toMatchObject({ code: "OCKAM_CLI_NO_TICKETS_HERE" });
  });

  test("gives others a service of this machine only when its user lets it", async () => {
    const [here, there] = [new Machine(), new Machine()];
    const service = await startService();
    const options = { from: await freeAddress(), service, name: "web", address: "127.0.0.1" };
    const { ticket } = await here.run((ground) => awaitService(ground, options));
    for (const answer of ["n", ""]) {
      await expect(there.redeem(ticket, undefined, typed(answer))).rejects.toMatchObject({
        code: "OCKAM_CLI_CANCELLED",
      });
      expect([there.state.nodes.list(), there.state.identities.list()]).toEqual([[], []]);
    }
    const opened = await there.redeem(ticket, undefined, typed("y"));
    expect(opened.said).toContain(`to reach ${formatSocketAddress(service)} from here`);
    // It is not asked for what it was told, but for another service by the same code.
    expect((await there.redeem(ticket, undefined, typed("n"))).said).not.toContain("[y/N]");
    const other = await startService();
    const changed = formatPortalTicket({
      ...readPortalTicket(ticket ?? ""),
      address: formatSocketAddress(other),
    });
    await expect(there.redeem(changed, undefined, typed("n"))).rejects.toMatchObject({
      code: "OCKAM_CLI_CANCELLED",
    });
    expect(await there.redeem(ticket, other, typed())).toMatchObject({ address: formatSocketAddress(other) });
  });

  test("is told of when nothing answers behind it yet", async () => {
    const there = new Machine();
    const nobody = await freeAddress();
    const offered = await there.offer(nobody);
    expect(offered.said).toContain(`Nothing answers at ${formatSocketAddress(nobody)} now`);
    expect(offered.said).toContain("for this machine alone");
    await expect(
      there.run((ground) => offerService(ground, { service: nobody, name: "db", address: "localhost" })),
    ).rejects.toMatchObject({ code: "OCKAM_CLI_PROJECT_EXISTS" });
    // A ticket for a portal makes no other member, and stays good.
    const { terminal } = testTerminal();
    await expect(enrol(terminal, { ticket: offered.ticket ?? "" })).rejects.toMatchObject({
      code: "OCKAM_CLI_FOR_A_PORTAL",
    });
    expect(await new Machine().redeem(offered.ticket)).toMatchObject({ status: "Up" });
  });
});
