import { currentPlatform } from "@ockam/node/platform";

/** Longer than any name, address or usual route; a ticket, a credential or an exported identity is longer. */
const LONGEST_SHOWN_ARGUMENT = 100;

/**
 * Takes long arguments out of what other users of this machine see in the list of processes: any of them may be a
 * ticket. Nothing happens where the system shows arguments to nobody else.
 */
export function hideLongArguments(
  argv: readonly string[],
  { showsArguments }: { readonly showsArguments: boolean } = currentPlatform(),
): void {
  if (!showsArguments || !argv.some((word) => word.length > LONGEST_SHOWN_ARGUMENT)) return;
  const shown = argv.map((word) => (word.length > LONGEST_SHOWN_ARGUMENT ? "…" : word));
  process.title = ["ockam", ...shown].join(" ");
}

/**
 * The ticket in the environment, `ENROLLMENT_TICKET`, which is removed there: the processes that this one starts are
 * not to have it.
 */
export function takeTicketVariable(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const ticket = env["ENROLLMENT_TICKET"]?.trim();
  delete env["ENROLLMENT_TICKET"];
  return ticket === "" ? undefined : ticket;
}
