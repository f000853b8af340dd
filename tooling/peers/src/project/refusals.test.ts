import { AuthorityClient } from "@ockam/authority";
import { fromHex } from "@ockam/codec";
import { Address, connect, Router } from "@ockam/core-routing";
import { Attributes, issueCredential } from "@ockam/credentials";
import { createIdentities } from "@ockam/identity";
import type { Identities, Identifier } from "@ockam/identity";
import { connectPortal } from "@ockam/portal-tcp";
import { createSecureChannel } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BytePattern } from "../byte-pattern.ts";
import { ockamHome } from "../portal.ts";
import { SteadyStream } from "../steady-stream.ts";
import { TransferServer } from "../transfer-server.ts";
import { transfer } from "../transfer.ts";
import type { TransferResult } from "../transfer.ts";
import { untilConnected } from "./recovery.ts";
import type { Role } from "./role.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";
import type { Client } from "./self-hosted-project.ts";

const ROLE = ["role=client"];
const api = Address.local("api");

const pattern = new BytePattern();
let backend: TransferServer;
let project: SelfHostedProject;
let service: Role;
let client: Client;
let clientIdentifier: string;

beforeAll(async () => {
  backend = await TransferServer.start(pattern);
  project = await SelfHostedProject.start({ authority: "typescript", relay: "typescript" });
  service = await project.service("typescript", {
    backend: backend.port,
    attributes: ["role=service"],
    outlet: ["--allow", "role=client"],
  });
  client = await project.client("typescript", { attributes: ROLE });
  clientIdentifier = await client.role.home.output(["identity", "show"]);
  expect((await connection()).outcome).toBe("complete");
});

afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await backend?.[Symbol.asyncDispose]();
});

describe("a member on a live channel", () => {
  test.each([
    ["removed", () => administer("delete", clientIdentifier)],
    [
      "without the attribute any more",
      () => administer("add", clientIdentifier, "--attribute", "role=guest"),
    ],
  ])(
    "%s: its connection is reset, it gets no other, and all is well when it is let in again",
    async (_, remove) => {
      const stream = new SteadyStream(client.port, pattern);
      await expect.poll(() => stream.received, { timeout: 5000 }).toBeGreaterThan(0);
      await remove();
      const removedAt = performance.now();
      expect(await stream.ended).toMatchObject({ outcome: "failed", intact: true });
      expect(performance.now() - removedAt).toBeLessThan(3000);
      await expectNoConnection(client.port);
      await administer("add", clientIdentifier, "--attribute", ROLE[0]!);
      expect(await untilConnected(connection, 5000)).toBeLessThan(5000);
    },
  );
});

describe("a credential", () => {
  let router: Router;
  let identities: Identities;
  // What a node has learned of a member it knows until that expires: this one's credential is never shown as it is.
  let member: Identifier;
  let credential: Uint8Array;

  beforeAll(async () => {
    router = new Router();
    identities = createIdentities();
    member = (await identities.create()).identifier;
    credential = await enrolAs(member);
  });

  afterAll(async () => {
    await router?.close();
  });

  test("that is genuine opens the outlet", async () => {
    const other = (await identities.create()).identifier;
    expect(await reachesBackend(await enrolAs(other), other)).toBe(true);
  });

  test("of a member without the attribute does not", async () => {
    const guest = (await identities.create()).identifier;
    expect(await reachesBackend(await enrolAs(guest, "role=guest"), guest)).toBe(false);
  });

  test("of another authority does not", async () => {
    const issuer = (await identities.create()).identifier;
    const attributes = Attributes.of({ role: "client", trust_context_id: "api" });
    const { encoded } = await issueCredential(identities, { issuer, subject: member, attributes, ttl: 300 });
    expect(await reachesBackend(encoded)).toBe(false);
  });

  test("of somebody else does not", async () => {
    const thief = (await identities.create()).identifier;
    expect(await reachesBackend(credential, thief)).toBe(false);
  });

  test("that was changed does not, wherever", async () => {
    for (let at = 7; at < credential.length; at += Math.floor(credential.length / 12)) {
      const tampered = Uint8Array.from(credential);
      tampered[at] = tampered[at]! ^ 1;
      expect(await reachesBackend(tampered), `byte ${at}`).toBe(false);
    }
  });

  test("is needed", async () => {
    expect(await reachesBackend(undefined)).toBe(false);
  });

  /** Whether who presents it to the service's node, through the relay, gets through to the backend. */
  async function reachesBackend(presented: Uint8Array | undefined, identifier = member): Promise<boolean> {
    const served = backend.ends.length + backend.connections;
    const link = await connect(router, tcp(), `127.0.0.1:${project.relayPort}`);
    try {
      const present = presented === undefined ? {} : { credential: async () => presented };
      const channel = await createSecureChannel(
        router,
        [link.address, Address.local("forward_to_default"), api],
        { identities, identifier, confirm: false, timeout: 5000, ...present },
      );
      const route = [channel.address, Address.local("postgres")];
      const portal = await connectPortal(router, route, { signal: AbortSignal.timeout(1000) });
      portal.destroy();
      return true;
    } catch {
      expect(backend.ends.length + backend.connections).toBe(served);
      return false;
    } finally {
      await link.close();
    }
  }

  async function enrolAs(identifier: Identifier, attribute = ROLE[0]!): Promise<Uint8Array> {
    const ticket = JSON.parse(await project.ticket(["--output", "json", "--attribute", attribute])) as {
      readonly one_time_code: string;
    };
    const link = await connect(router, tcp(), `127.0.0.1:${project.authorityPort}`);
    const channel = await createSecureChannel(router, [link.address, api], { identities, identifier });
    const authority = new AuthorityClient(router, [channel.address]);
    await authority.redeemToken(fromHex(ticket.one_time_code));
    return authority.issueCredential();
  }
});

test("a client refuses a service without the attribute that it wants", async () => {
  const picky = await project.client("typescript", { attributes: ROLE, inlet: ["--allow", "role=vault"] });
  await expectNoConnection(picky.port);
  const content = await project.client("typescript", {
    attributes: ROLE,
    inlet: ["--allow", "role=service"],
  });
  expect((await connection(content.port)).outcome).toBe("complete");
});

test("the relay of another name is refused, and that at once", async () => {
  const create = ["relay", "create", "other", "--to", "service"];
  const refused = await service.home.run(create, { timeout: 5000 });
  expect(refused.exitCode).toBe(70);
  expect(refused.stderr).toContain("refused");
});

test.each(["typescript", "rust"] as const)("%s: expired and guessed tickets are refused", async (kind) => {
  await using home = await ockamHome(kind);
  const expired = await project.ticket(["--expires-in", "1s"]);
  const guessed = (await project.ticket()).replace(
    /,([0-9a-f])([0-9a-f]{63}),/,
    (_, first: string, rest: string) => `,${first === "0" ? "1" : "0"}${rest},`,
  );
  await new Promise((resolve) => setTimeout(resolve, 2100));
  for (const ticket of [expired, guessed]) {
    const { exitCode, stderr, stdout } = await home.run(["project", "enroll", ticket]);
    expect(exitCode).toBe(70);
    expect(stdout + stderr).toContain("enrollment token");
  }
});

function connection(port: number = client.port): Promise<TransferResult> {
  return transfer(port, "both", 1000, pattern, { stall: 3000 });
}

async function expectNoConnection(port: number): Promise<void> {
  const served = backend.ends.length + backend.connections;
  const result = await transfer(port, "down", 1000, pattern, { stall: 3000 });
  // At once, and not by silence.
  expect(result).toMatchObject({ outcome: "failed", received: 0 });
  expect(backend.ends.length + backend.connections).toBe(served);
}

async function administer(command: "add" | "delete", ...args: readonly string[]): Promise<void> {
  await project.authority.home.output(["project-member", command, ...args, "--identity", "admin"]);
}
