import { OckamError } from "@ockam/codec";

import { notFound } from "./delete-items.ts";
import { parseServiceReference } from "./service-reference.ts";

/** What the items are, for {@link itemNamed}. */
export interface ItemKind {
  /** What one of them is called, like `Kafka inlet`. */
  readonly kind: string;
  /** The name that is meant when none is given. */
  readonly fallback: string;
}

/**
 * The item of that name, `NAME` or `/service/NAME`; without a name the one with the usual name, or the only one.
 * @throws OckamError OCKAM_CLI_NOT_FOUND, OCKAM_CLI_NO_NAME when none is given and several could be meant
 */
export function itemNamed<T extends { readonly name: string }>(
  typed: string | undefined,
  items: readonly T[],
  { fallback, kind }: ItemKind,
): T {
  const names = items.map(({ name }) => name);
  const wanted = typed === undefined ? fallback : parseServiceReference(typed);
  const found = items[names.indexOf(wanted)];
  if (found !== undefined) return found;
  if (typed !== undefined) throw notFound(kind, wanted, names);
  const [only, second] = items;
  if (only !== undefined && second === undefined) return only;
  throw new OckamError("OCKAM_CLI_NO_NAME", `No name of a ${kind} provided`, {
    details: { hint: `name one of: ${names.join(", ")}` },
  });
}
