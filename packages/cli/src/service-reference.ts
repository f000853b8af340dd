import { usageError } from "./usage-error.ts";

/**
 * The address in a reference to a service: `outlet` or `/service/outlet`.
 * @throws OckamError OCKAM_CLI_USAGE for a longer route.
 */
export function parseServiceReference(text: string): string {
  const address = text.startsWith("/") ? /^\/(?:service|worker)\/([^/]+)$/.exec(text)?.[1] : text;
  if (address === undefined || address === "") {
    throw usageError(`'${text}' does not name a service`, "give an address, like outlet or /service/outlet");
  }
  return address;
}
