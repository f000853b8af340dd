import type { Balance, OpenPortal } from "./demonstration.ts";

/** The head line. */
export const TITLE = `
Ockam for TypeScript: tcp-inlet create --from 15432 --to postgres
═════════════════════════════════════════════════════════════════

A database in one private network, its client in another, and between them a relay, which nobody has to trust.
Three machines (each a home of its own) that nothing connects but the relay's address; five commands:
`;

/** The picture of the portal, and who proved what to whom. */
export function describePortal(portal: OpenPortal): string {
  const port = String(portal.port).padEnd(5);
  const databasePort = String(portal.databasePort).padEnd(5);
  const relayPort = String(portal.relayPort).padEnd(5);
  const known = portal.peer === portal.service.identifier;
  return `
    the client's machine              the relay                the service's machine
  ┌───────────────────────┐     ┌───────────────────┐     ┌───────────────────────┐
  │ SQL client            │     │  127.0.0.1:${relayPort}  │     │            PostgreSQL │
  │    ↓ 127.0.0.1:${port}  │     │  a recorder sees  │     │   127.0.0.1:${databasePort} ↑   │
  │ inlet      (dials out)╞════►│  each byte of it  │◄════╡(dials out)     outlet │
  └───────────────────────┘     └───────────────────┘     └───────────────────────┘
              ╰───────── one secure channel, encrypted end to end ─────────╯

  route      ${portal.route}
  client     ${portal.client.identifier}
  its peer   ${portal.peer}
             ${known ? "the service's identifier, proved by its signature; the relay's is another one" : "NOT the service"}
  a stranger who knows the way, but has no ticket, is ${portal.stranger}
`;
}

/** What the query answered. */
export function describeRows(rows: readonly Balance[]): string {
  const lines = rows.map(({ customer, balance }) => `  ${customer.padEnd(10)}│ ${balance.padStart(9)}`);
  return ["  customer  │   balance", "  ──────────┼───────────", ...lines, ""].join("\n");
}

/** What the two recorders saw. */
export function describeProof(portal: OpenPortal, proved: boolean): string {
  const { wire, inside, canaries } = portal;
  const row = (name: string, recorder: typeof wire): string =>
    [name.padEnd(28), bytes(recorder.bytes), `${recorder.found} of 2`.padStart(17)].join("");
  return `  Planted in a query and in its answer: "${canaries.question}"

  ${"recorded".padEnd(28)}${"both ways".padStart(18)}${"canaries found".padStart(17)}
  ${row("into and out of the relay", wire)}
  ${row("beside the database", inside)}

  ${proved ? "✔ The relay passed all of it on and learned nothing; the same search finds both canaries where it may." : "✘ The proof FAILED."}
`;
}

/** A count of bytes for people. */
export function bytes(count: number, width = 18): string {
  const text =
    count < 10_000
      ? `${count} B`
      : count < 10_000_000
        ? `${(count / 1024).toFixed(1)} KiB`
        : `${(count / 2 ** 20).toFixed(1)} MiB`;
  return text.padStart(width);
}
