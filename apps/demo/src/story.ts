import type { Balance, OpenPortal } from "./demonstration.ts";

/** The head line. */
export const TITLE = `
Ockam for TypeScript: SQL through an encrypted portal
═════════════════════════════════════════════════════

The bank has a database that nobody can reach. It lets one analyst in, by a key and not by an address.
Two nodes, each with a home of its own, as on two machines:
`;

/** The picture of the portal, and who proved what to whom. */
export function describePortal(portal: OpenPortal): string {
  const port = String(portal.port).padEnd(5);
  const databasePort = String(portal.databasePort).padEnd(5);
  const known = portal.peer === portal.bank.identifier;
  return `
    the analyst's machine            the network             the bank's machine
  ┌───────────────────────┐                             ┌───────────────────────┐
  │ SQL client            │     ┌─────────────────┐     │            PostgreSQL │
  │    ↓ 127.0.0.1:${port}  │     │ a recorder sees │     │   127.0.0.1:${databasePort} ↑   │
  │ inlet of node analyst ╞═════╡ each byte here  ╞═════╡ outlet of node bank   │
  └───────────────────────┘     └─────────────────┘     └───────────────────────┘
              ╰──────── one secure channel, encrypted end to end ────────╯

  route      ${portal.route}
  analyst    ${portal.analyst.identifier}
  its peer   ${portal.peer}
             ${known ? "the bank's identifier, proved by its signature and not by its address" : "NOT the bank"}
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
    [
      name.padEnd(28),
      bytes(recorder.forth.bytes),
      bytes(recorder.back.bytes),
      `${recorder.found} of 2`.padStart(16),
    ].join("");
  return `  Planted in a query and in its answer: "${canaries.question}"

  ${"recorded".padEnd(28)}${"to the database".padStart(17)}${"from the database".padStart(19)}${"canaries found".padStart(17)}
  ${row("on the network", wire)}
  ${row("beside the database", inside)}

  ${proved ? "✔ The network saw bytes and learned nothing; the same search finds both canaries where it may." : "✘ The proof FAILED."}
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
