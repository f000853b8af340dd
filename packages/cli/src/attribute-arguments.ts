import { usageError } from "./usage-error.ts";

/** The attribute of those who may make members. */
export const ENROLLER: readonly [string, string] = ["ockam-role", "enroller"];

/** What says of a member what it may do. */
export interface AttributeArguments {
  /** `KEY=VALUE`, or `KEY` alone where that is taken for `KEY=true`. */
  readonly attribute: readonly string[];
  readonly relay?: string | undefined;
  readonly enroller?: boolean;
  readonly tls?: boolean;
}

/**
 * The attributes that were typed, sorted by name. What has an option of its own wins over `--attribute`.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function readAttributes(
  { attribute, enroller = false, relay, tls = false }: AttributeArguments,
  options: { readonly bareKeys: boolean },
): ReadonlyMap<string, string> {
  const attributes = new Map(attribute.map((typed) => readAttribute(typed, options.bareKeys)));
  if (relay !== undefined) attributes.set("ockam-relay", relay);
  if (enroller) attributes.set(...ENROLLER);
  if (tls) attributes.set("ockam-tls-certificate", "true");
  return new Map([...attributes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function readAttribute(typed: string, bareKeys: boolean): [string, string] {
  const at = typed.indexOf("=");
  const key = (at < 0 ? typed : typed.slice(0, at)).trim();
  if (key === "" || (at < 0 && !bareKeys)) {
    throw usageError(`'${typed}' is not an attribute`, "give --attribute KEY=VALUE");
  }
  return [key, at < 0 ? "true" : typed.slice(at + 1)];
}
