import type { AuthorityClient } from "@ockam/authority";
import { isOckamError, OckamError } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import type { NamedProject, State } from "@ockam/node";
import { authorityRouteFromHere } from "@ockam/node/state";

import type { Terminal } from "./terminal.ts";

/** How to reach an authority, and who asks. */
export interface AuthorityChoice {
  readonly state: State;
  /** A multiaddress that ends in its listener. */
  readonly route: string;
  /** Nobody else is talked to. */
  readonly identifier: Identifier;
  /** Name of the identity that asks; the default one when absent. */
  readonly identity: string | undefined;
  readonly terminal: Terminal;
  /** Milliseconds for the connection. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The authority of a project, for {@link withAuthority}. */
export function authorityOf(project: NamedProject): Pick<AuthorityChoice, "route" | "identifier"> {
  return { route: project.authorityRoute, identifier: project.authorityIdentifier };
}

/**
 * Calls `work` with an authority, over a channel of a node in this process that ends with it.
 * @throws OckamError OCKAM_NODE_IDENTITY_NOT_FOUND, OCKAM_CLI_AUTHORITY_UNREACHABLE with host and port, OCKAM_CLI_AUTHORITY_REFUSED with the
 *   authority's words in `details.reason`, and what `work` throws
 */
export async function withAuthority<T>(
  choice: AuthorityChoice,
  work: (client: AuthorityClient) => Promise<T>,
): Promise<T> {
  const { identity, identifier, state, terminal, timeout, signal = terminal.signal } = choice;
  const route = routeFromHere(choice);
  if (identity !== undefined) state.identities.get(identity);
  const { createNode } = await import("@ockam/node");
  await using node = await createNode({
    state,
    ephemeral: true,
    trust: { kind: "none" },
    log: terminal.log,
    ...(identity === undefined ? {} : { identity }),
  });
  try {
    await using authority = await terminal.busy(`Connecting to the authority at ${placeOf(route)}`, () =>
      node.connectAuthority({
        route,
        identifier,
        ...(identity === undefined ? {} : { identity }),
        ...(timeout === undefined ? {} : { timeout }),
        signal,
      }),
    );
    return await terminal.busy(`Asking the authority at ${placeOf(route)}`, () => work(authority.client));
  } catch (error) {
    throw explain(error, route);
  }
}

/** One of this machine is reached through the loopback, and not by the address that others know. */
function routeFromHere({ identifier, route, state }: AuthorityChoice): string {
  const here = state.nodes
    .list()
    .find(
      ({ identityName, options }) =>
        options.authority !== undefined && state.identities.find(identityName)?.identifier.equals(identifier),
    );
  const id = here?.options.authority?.projectIdentifier;
  return id === undefined ? route : authorityRouteFromHere({ id, authorityRoute: route }, state.nodes);
}

/** Where an authority is, for people: `host:port`. */
export function placeOf(route: string): string {
  const [, , host, , port] = route.split("/");
  return host === undefined || port === undefined ? route : `${host}:${port}`;
}

const UNREACHABLE =
  /^OCKAM_(NODE_(CONNECT_FAILED|DNS_FAILED|HANDSHAKE_FAILED|UNANSWERED)|AUTHORITY_UNANSWERED)$/;

function explain(error: unknown, route: string): unknown {
  if (!isOckamError(error)) return error;
  const place = placeOf(route);
  if (error.code === "OCKAM_NODE_PEER_NOT_TRUSTED") {
    return new OckamError(
      "OCKAM_CLI_AUTHORITY_UNREACHABLE",
      `Somebody else than the authority answers at ${place}, and was told nothing`,
      { cause: error, details: { hint: "ask whoever runs the project whether its authority has moved" } },
    );
  }
  if (UNREACHABLE.test(error.code)) {
    return new OckamError(
      "OCKAM_CLI_AUTHORITY_UNREACHABLE",
      `The authority at ${place} cannot be reached: ${error.message}`,
      {
        cause: error,
        details: { hint: `check that it runs and that this machine can connect to ${place}, then try again` },
      },
    );
  }
  if (error.code === "OCKAM_AUTHORITY_REFUSED") {
    const reason = reasonOf(error);
    return new OckamError("OCKAM_CLI_AUTHORITY_REFUSED", `The authority at ${place} says: ${reason}`, {
      cause: error,
      details: { reason, hint: hintFor(reason) },
    });
  }
  return error;
}

function reasonOf(error: OckamError): string {
  const { reason } = error.details;
  return typeof reason === "string" ? reason : error.message;
}

function hintFor(reason: string): string {
  if (/unauthorized member/i.test(reason)) return "become a member first: 'ockam project enroll TICKET'";
  if (/unknown enrollment token/i.test(reason)) {
    return "the ticket was used up, has expired or is another project's: ask for a new one, 'ockam project ticket' makes it";
  }
  if (/^member .* not found$/i.test(reason)) return "'ockam project-member list-ids' shows the members";
  if (/non-enroller|not admin|not pre trusted/i.test(reason)) {
    return "give the identity of an enroller: --identity NAME";
  }
  return "ask whoever runs the project";
}
