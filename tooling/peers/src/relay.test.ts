import { freePort } from "@ockam/acceptance/free-port";
import { isAlive, killProcess } from "@ockam/acceptance/processes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BytePattern } from "./byte-pattern.ts";
import { routeTo } from "./ockam-home.ts";
import type { Implementation, OckamHome, PeerNode } from "./ockam-home.ts";
import { ockamHome } from "./portal.ts";
import { TransferServer } from "./transfer-server.ts";
import { transfer } from "./transfer.ts";

/** Who hosts the relay, who registers it, who uses it. */
interface Roles {
  readonly relay: Implementation;
  readonly owner: Implementation;
  readonly client: Implementation;
}

const KINDS = ["typescript", "rust"] as const;
const ROLES: readonly Roles[] = KINDS.flatMap((relay) =>
  KINDS.flatMap((owner) => KINDS.map((client) => ({ relay, owner, client }))),
).filter((roles) => Object.values(roles).includes("typescript"));

const TRANSFER_LENGTH = 32 * 2 ** 20;
const pattern = new BytePattern();

let servers: TransferServer;
const homes = new Map<Implementation, OckamHome>();
const relays = new Map<Implementation, PeerNode>();

beforeAll(async () => {
  servers = await TransferServer.start(pattern);
  for (const kind of KINDS) {
    const home = await ockamHome(kind, { OCKAM_DEFAULT_TIMEOUT: "10s" });
    homes.set(kind, home);
    relays.set(kind, await home.createNode("relay"));
    const owner = await home.createNode("owner");
    await home.createOutlet(owner, servers.port);
    await home.createNode("client");
  }
  for (const relay of KINDS)
    for (const owner of KINDS) await createRelay(homes.get(owner)!, "owner", relays.get(relay)!, owner);
});

afterAll(async () => {
  for (const home of homes.values()) await home[Symbol.asyncDispose]();
  await servers?.[Symbol.asyncDispose]();
});

describe.each(ROLES)("$relay relay node, $owner owner, $client client", ({ relay, owner, client }) => {
  const way = (): string => `${routeTo(relays.get(relay)!)}/service/forward_to_${owner}`;

  test("messages, in clear and through a channel to the owner", async () => {
    const home = homes.get(client)!;
    expect(await send(home, `${way()}/service/uppercase`)).toBe("HELLO");
    expect(await send(home, `${way()}/secure/api/service/uppercase`)).toBe("HELLO");
  });

  test("a portal", async () => {
    const home = homes.get(client)!;
    const node: PeerNode = { name: "client", port: 0, pid: 0 };
    const port = await home.createInlet(node, `${way()}/secure/api/service/outlet`);
    const result = await transfer(port, "both", TRANSFER_LENGTH, pattern);
    expect(result).toMatchObject({ outcome: "complete", intact: true });
  });
});

describe.each([
  { relay: "rust", owner: "typescript" },
  { relay: "typescript", owner: "typescript" },
  { relay: "typescript", owner: "rust" },
] as const)("$owner owner, the $relay relay node killed and restarted", ({ relay, owner }) => {
  test("registers again", { timeout: 180_000 }, async () => {
    await using relayHome = await ockamHome(relay);
    await using ownerHome = await ockamHome(owner, { OCKAM_DEFAULT_TIMEOUT: "10s" });
    const port = await freePort();
    let node = await relayHome.createNode("relay", { port });
    await ownerHome.createNode("owner");
    await createRelay(ownerHome, "owner", node, "again");
    const to = `${routeTo(node)}/service/forward_to_again/secure/api/service/uppercase`;
    expect(await send(homes.get("typescript")!, to)).toBe("HELLO");
    await killProcess(node.pid);
    node = await relayHome.createNode("relay", { port });
    // A Rust owner needs some 40 s to notice.
    const timeout = owner === "rust" ? 90_000 : 6000;
    await expect
      .poll(() => send(homes.get("typescript")!, to).catch(() => undefined), { timeout, interval: 200 })
      .toBe("HELLO");
  });
});

test("a Rust owner that is refused gets over it", { timeout: 120_000 }, async () => {
  const relay = relays.get("typescript")!;
  await createRelay(homes.get("typescript")!, "owner", relay, "taken", "/secure/api");
  const rust = homes.get("rust")!;
  const create = ["relay", "create", "taken", "--to", "owner", "--at", routeTo(relay)];
  const { exitCode } = await rust.run([...create, "--no-connection-wait"]);
  expect(exitCode).toBe(0);
  await expect
    .poll(async () => (await list(rust)).find(({ name }) => name === "taken")?.connection_status)
    .toBe("Down");
  const shown = JSON.parse(await rust.output(["node", "show", "owner", "--output", "json"])) as {
    pid: number;
  };
  expect(isAlive(shown.pid)).toBe(true);
  const to = `${routeTo(relay)}/service/forward_to_rust/service/uppercase`;
  expect(await send(rust, to)).toBe("HELLO");
});

async function createRelay(
  home: OckamHome,
  owner: string,
  relay: PeerNode,
  name: string,
  channel = "",
): Promise<void> {
  // Each relay has a name of its own at its owner.
  const alias = `${name}-${relay.port}`;
  const at = `${routeTo(relay)}${channel}`;
  const create = ["relay", "create", alias, "--to", owner, "--at", at, "--relay-address", name];
  await home.output(create);
  expect((await list(home)).find((one) => one.name === alias)?.connection_status).toBe("Up");
}

async function list(
  home: OckamHome,
): Promise<readonly { readonly name: string; readonly connection_status: string }[]> {
  return JSON.parse(await home.output(["relay", "list", "--to", "owner", "--output", "json"])) as readonly {
    readonly name: string;
    readonly connection_status: string;
  }[];
}

function send(home: OckamHome, to: string): Promise<string> {
  return home.output(["message", "send", "hello", "--timeout", "3s", "--to", to]);
}
