import { formatTicket } from "@ockam/project";

import { PROJECT_NODE_ATTRIBUTE } from "./host-project.ts";
import { withAuthority, type AuthorityChoice } from "../authority-access.ts";

/** The name of the relay that the service's ticket is for. */
export const RELAY_NAME = "default";

/** Tickets in their short form: each makes one member, once. */
export interface FirstTickets {
  /** For the machine of the project's node, when that is another one. */
  readonly node?: string;
  /** For the machine of the service: it may register the relay `default`. */
  readonly service: string;
  readonly client: string;
}

/** Has the authority make the tickets. `authorityRoute` is how others get there; `choice.route` is for this machine. */
export async function makeFirstTickets(
  choice: AuthorityChoice,
  authorityRoute: string,
  options: { readonly forNode: boolean },
): Promise<FirstTickets> {
  return await withAuthority(choice, async (client) => {
    const make = async (attributes: Readonly<Record<string, string>>): Promise<string> => {
      const oneTimeCode = await client.createToken({ attributes: new Map(Object.entries(attributes)) });
      const authorityIdentifier = choice.identifier;
      return formatTicket({ kind: "short", oneTimeCode, authorityIdentifier, authorityRoute }, "short");
    };
    return {
      ...(options.forNode ? { node: await make({ [PROJECT_NODE_ATTRIBUTE]: "true" }) } : {}),
      service: await make({ "ockam-relay": RELAY_NAME }),
      client: await make({}),
    };
  });
}
