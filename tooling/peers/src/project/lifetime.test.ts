import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, expect, test } from "vitest";

import { BytePattern } from "../byte-pattern.ts";
import type { Implementation } from "../ockam-home.ts";
import { SteadyStream } from "../steady-stream.ts";
import { TransferServer } from "../transfer-server.ts";
import { transfer } from "../transfer.ts";
import type { TransferResult } from "../transfer.ts";
import { untilConnected } from "./recovery.ts";
import type { Role } from "./role.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";

/** How long credentials are valid, s. */
const LIFETIME = 10;
/** How long the stream lasts, s: ten minutes with `OCKAM_PEERS_FULL=1`. */
const DURATION = process.env["OCKAM_PEERS_FULL"] === "1" ? 600 : 30;
/** Milliseconds after which new connections work. */
const RECOVERY = 5000;
const KINDS: readonly Implementation[] = ["typescript", "rust"];

const pattern = new BytePattern();
let backend: TransferServer;

beforeAll(async () => {
  backend = await TransferServer.start(pattern);
});

afterAll(async () => {
  await backend?.[Symbol.asyncDispose]();
});

// Members are ours: Rust's use no credential that ends within a minute.
test.concurrent.each(KINDS)(
  `credentials of ${LIFETIME} s of a %s authority`,
  { timeout: (DURATION + 180) * 1000 },
  async (authority) => {
    const env = { CREDENTIAL_TTL_SECS: String(LIFETIME) };
    await using project = await SelfHostedProject.start({ authority, relay: "typescript", env });
    const outlet = ["--allow", "role=client"];
    const service = await project.service("typescript", { backend: backend.port, outlet });
    const { port, role: client } = await project.client("typescript", { attributes: ["role=client"] });
    const members = [service, client];

    // A stream goes on while they are renewed.
    const stream = new SteadyStream(port, pattern);
    const seen = members.map(() => new Set<number>());
    for (const end = Date.now() + DURATION * 1000; Date.now() < end; await sleep(2000)) {
      for (const [index, role] of members.entries()) {
        const { created_at: createdAt, expires_at: expiresAt } = await credentialOf(role);
        expect(expiresAt - createdAt).toBe(LIFETIME);
        expect(expiresAt * 1000).toBeGreaterThan(Date.now());
        seen[index]!.add(createdAt);
      }
    }
    expect(await stream.close()).toMatchObject({ outcome: "closed", intact: true });
    // At seven tenths of the lifetime at the latest.
    const renewals = Math.floor(DURATION / (LIFETIME * 0.7 + 2));
    for (const { size } of seen) expect(size).toBeGreaterThanOrEqual(renewals);

    // Without the authority it is over when they have expired.
    const doomed = new SteadyStream(port, pattern);
    await project.authority.kill();
    const expiries = (await Promise.all(members.map(credentialOf))).map(({ expires_at: at }) => at);
    const end = await doomed.ended;
    expect(end).toMatchObject({ outcome: "failed", intact: true });
    expect(end.received).toBeGreaterThan(0);
    expect(Date.now() / 1000).toBeLessThan(Math.max(...expiries) + 2);
    expect((await transfer(port, "down", 1000, pattern, { stall: 3000 })).received).toBe(0);

    // And back with it.
    await project.authority.restart();
    const again = (): Promise<TransferResult> => transfer(port, "both", 1000, pattern, { stall: 3000 });
    const time = await untilConnected(again, RECOVERY);
    console.log(`${authority} authority back: ${Math.round(time ?? Number.NaN)} ms`);
    expect(time).toBeLessThan(RECOVERY);
  },
);

async function credentialOf({
  home,
  name,
}: Role): Promise<{ readonly created_at: number; readonly expires_at: number }> {
  const status = JSON.parse(await home.output(["node", "show", name, "--output", "json"])) as {
    readonly trust: { readonly credential: { readonly created_at: number; readonly expires_at: number } };
  };
  return status.trust.credential;
}
