import { OckamError } from "@ockam/codec";

/** Reads the next line of standard input, without its end; undefined when there is none left. */
export type ReadLine = () => Promise<string | undefined>;

/**
 * A route with each component `-` replaced by a line of standard input, which holds a route itself: with the line
 * `/service/c1`, `-/service/echo` becomes `/service/c1/service/echo`. Routes without a `-` read nothing.
 * @throws OckamError OCKAM_CLI_NO_PIPED_ROUTE
 */
export async function fillRoute(route: string, readLine: ReadLine): Promise<string> {
  const components = route.split("/");
  if (!components.includes("-")) return route;
  const filled: string[] = [];
  for (const component of components) {
    if (component !== "-") {
      filled.push(component);
      continue;
    }
    const piped = (await readLine())?.split("/").filter((part) => part.trim() !== "") ?? [];
    if (piped.length === 0) {
      throw new OckamError(
        "OCKAM_CLI_NO_PIPED_ROUTE",
        `the '-' in ${route} stands for a route on standard input, but nothing was piped in`,
        { details: { hint: "pipe in the command that prints the route: ockam … | ockam …" } },
      );
    }
    filled.push(...piped.map((part) => part.trim()));
  }
  const joined = filled.join("/");
  return joined.startsWith("/") ? joined : `/${joined}`;
}
