import { OckamError } from "@ockam/codec";

import { notFound } from "./delete-items.ts";
import { parseServiceReference } from "./service-reference.ts";
import type { Terminal } from "./terminal.ts";

/** What the items are that a name is of. */
export interface ItemKind {
  /** What one of them is called, like `Kafka inlet`. */
  readonly kind: string;
  /** The name that is meant when none is given and nobody can be asked. */
  readonly fallback?: string | undefined;
  readonly terminal: Terminal;
}

/**
 * The item of that name, `NAME` or `/service/NAME`. Without a name, the one that somebody chooses; when nobody can be
 * asked, the one with the usual name, or the only one.
 * @throws OckamError OCKAM_CLI_NOT_FOUND, OCKAM_CLI_NO_NAME when none is given and several could be meant
 */
export async function itemNamed<T extends { readonly name: string }>(
  typed: string | undefined,
  items: readonly T[],
  { fallback, kind, terminal }: ItemKind,
): Promise<T> {
  const names = items.map(({ name }) => name);
  const wanted =
    typed === undefined
      ? await terminal.selectOne(`Which ${kind}?`, names, fallback)
      : parseServiceReference(typed);
  const found = items[names.indexOf(wanted ?? fallback ?? "")];
  if (found !== undefined) return found;
  if (wanted !== undefined) throw notFound(kind, wanted, names);
  const [only, second] = items;
  if (only !== undefined && second === undefined) return only;
  throw new OckamError("OCKAM_CLI_NO_NAME", `No name of a ${kind} provided`, {
    details: { hint: `name one of: ${names.join(", ")}` },
  });
}
