import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { routeTo } from "./ockam-home.ts";
import type { OckamHome, PeerNode } from "./ockam-home.ts";
import { ockamHome, PORTAL_PAIRS } from "./portal.ts";
import type { PortalEnds } from "./portal.ts";

/** Milliseconds after which a connection on which nothing came is taken for one that is not served. */
const PATIENCE = 2500;
/** Milliseconds in which a change has to be effective between nodes of this project, and what the command takes. */
const SOON = 3000;
const SCOPE = "test";
const INLET = "guarded";

/** A node whose identity has a credential with a role, in a home of its own. */
interface Member {
  readonly home: OckamHome;
  readonly node: PeerNode;
}

/** An authority that issues by hand, and a client and a service that trust it. */
class Scene implements AsyncDisposable {
  readonly ends: PortalEnds;
  readonly client: Member;
  readonly service: Member;
  readonly port: number;
  readonly #homes: readonly OckamHome[];

  private constructor(
    ends: PortalEnds,
    [client, service]: readonly [Member, Member],
    port: number,
    authority: OckamHome,
  ) {
    this.ends = ends;
    this.client = client;
    this.service = service;
    this.port = port;
    this.#homes = [client.home, service.home, authority];
  }

  static async create(ends: PortalEnds, backend: number): Promise<Scene> {
    const authority = await ockamHome(ends.outlet);
    const issuer = await authority.createIdentity("issuer");
    const history = await authority.output(["identity", "show", "issuer", "--full", "--encoding", "hex"]);
    const member = async (home: OckamHome, role: string): Promise<Member> => {
      const subject = await home.createIdentity(role);
      const identity = await home.output(["identity", "show", role, "--full", "--encoding", "hex"]);
      await authority.output(["identity", "create", role, "--identity", identity]);
      const trust = ["--authority-identity", history, "--credential-scope", SCOPE];
      const node = await home.createNode(role, { args: ["--identity", role, ...trust] });
      const issue = ["credential", "issue", "--as", "issuer", "--for", subject];
      const credential = await authority.output([
        ...issue,
        "--attribute",
        `role=${role}`,
        "--encoding",
        "hex",
      ]);
      const store = ["credential", "store", "--at", role, "--issuer", issuer, "--scope", SCOPE];
      await home.output([...store, "--credential", credential]);
      return { home, node };
    };
    const service = await member(await ockamHome(ends.outlet), "service");
    const client = await member(await ockamHome(ends.inlet), "client");
    await service.home.createOutlet(service.node, backend, ["--allow", "role=client"]);
    const route = `${routeTo(service.node)}/secure/api/service/outlet`;
    const port = await client.home.createInlet(client.node, route, [INLET, "--allow", "role=service"]);
    return new Scene(ends, [client, service], port, authority);
  }

  async allow({ home, node }: Member, resource: string, policy: string): Promise<void> {
    await home.output(["policy", "create", "--at", node.name, "--resource", resource, "--allow", policy]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const home of this.#homes) await home[Symbol.asyncDispose]();
  }
}

/** What becomes of a text sent to a port: it comes back, or the connection ends, or nothing happens. */
async function say(port: number): Promise<"echo" | "cut" | "silence"> {
  const socket = connect(port, "127.0.0.1");
  socket.write("hello");
  try {
    return await new Promise((resolve) => {
      socket.once("data", () => resolve("echo"));
      socket.once("error", () => resolve("cut"));
      socket.once("close", () => resolve("cut"));
      setTimeout(() => resolve("silence"), PATIENCE);
    });
  } finally {
    socket.destroy();
  }
}

/** Whether an open connection ends. */
function endOf(socket: Socket): Promise<"cut" | "open"> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve("cut"));
    setTimeout(() => resolve("open"), SOON + PATIENCE);
  });
}

describe.each(PORTAL_PAIRS)("$inlet inlet, $outlet outlet", (ends) => {
  const sockets = new Set<Socket>();
  let backend: Server;
  let scene: Scene;
  const isOurs = ends.inlet === "typescript" && ends.outlet === "typescript";

  beforeAll(async () => {
    backend = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => sockets.delete(socket));
      socket.pipe(socket);
    });
    backend.listen(0, "127.0.0.1");
    await once(backend, "listening");
    scene = await Scene.create(ends, (backend.address() as AddressInfo).port);
  });

  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
    backend.close();
  });

  test("members whose roles are asked for", async () => {
    await expect.poll(() => say(scene.port), { timeout: 30_000 }).toBe("echo");
  });

  test.each(["inlet", "outlet"] as const)(
    "the policy of the %s is about the other end, and changes at once",
    async (side) => {
      const [member, resource, role] =
        side === "inlet"
          ? ([scene.client, INLET, "role=service"] as const)
          : ([scene.service, "outlet", "role=client"] as const);
      await expect.poll(() => say(scene.port), { timeout: 30_000 }).toBe("echo");
      const open = connect(scene.port, "127.0.0.1");
      open.on("error", () => {});
      open.write("hello");
      await once(open, "data");
      const gone = endOf(open);
      const started = performance.now();
      await scene.allow(member, resource, "role=other");
      // Ours ends what is open; a Rust node drops its messages without a word.
      if (ends[side] === "typescript") {
        expect(await gone).toBe("cut");
        expect(performance.now() - started).toBeLessThan(SOON + PATIENCE);
        await expect.poll(() => sockets.size, { timeout: SOON }).toBe(0);
      }
      open.destroy();
      const refusal = await say(scene.port);
      expect(refusal).not.toBe("echo");
      if (isOurs || ends[side] === "typescript") expect(refusal).toBe("cut");
      await scene.allow(member, resource, role);
      await expect.poll(() => say(scene.port), { timeout: 30_000 }).toBe("echo");
    },
    120_000,
  );

  test("a node without a credential gets nothing", async () => {
    const { home } = scene.client;
    await home.createIdentity("nobody");
    const node = await home.createNode("nobody", { args: ["--identity", "nobody"] });
    const port = await home.createInlet(node, `${routeTo(scene.service.node)}/secure/api/service/outlet`);
    expect(await say(port)).not.toBe("echo");
  }, 60_000);
});
