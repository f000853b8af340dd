// From a multiaddress to a route: opens what it asks for. docs/protocol/sessions.md, "Building a route".
import { fromHex, isOckamError } from "@ockam/codec";
import type { OckamError } from "@ockam/codec";
import { Address, connect } from "@ockam/core-routing";
import type { Route, RoutedConnection } from "@ockam/core-routing";
import { Identifier } from "@ockam/identity";
import { bothOf, createSecureChannel, trustEveryone, trustIdentifiers } from "@ockam/secure-channel";
import type { SecureChannel, TrustPolicy } from "@ockam/secure-channel";

import { BuiltRoute, closeParts } from "./built-route.ts";
import type { RoutePart } from "./built-route.ts";
import type { NodeCore } from "../node-core.ts";
import type { NodeErrorName } from "../node-error.ts";
import { nodeError } from "../node-error.ts";
import { deniedPing } from "../policies/echo-denial.ts";
import type { RoutePlan, RouteStep } from "./route-plan.ts";
import type { ChannelTerms } from "../trust/node-trust.ts";
import type { TrustedProject } from "../trust/trusted-project.ts";

/** How to build a route. */
export interface RouteBuildOptions {
  /** Name of the own identity for `/secure/…`; the node's own by default. */
  readonly identity?: string | undefined;
  /** Whom to accept at the last `/secure/…`; anyone when absent or empty. */
  readonly authorized?: readonly string[] | undefined;
  /** An own credential to present, encoded, in place of the one that the node has. */
  readonly credential?: Uint8Array | undefined;
  /**
   * What is shown to peers, and believed of them: `required` fails when the node is to have a credential and there is
   * none to be had; `available` goes without then; `none` neither shows nor believes any. `required` by default.
   */
  readonly trust?: "required" | "available" | "none" | undefined;
  /** For all steps together, ms. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the steps of a plan from left to right: a TCP connection stands for `/ip4/…/tcp/…`; a secure channel over all
 * that comes before it for `/secure/…`, which takes the place of that way. Each step sees what the ones before left,
 * so that any number of channels can lie in each other.
 * @throws OckamError that names the step: OCKAM_NODE_DNS_FAILED, OCKAM_NODE_CONNECT_FAILED, OCKAM_NODE_HANDSHAKE_FAILED,
 * OCKAM_NODE_PEER_NOT_TRUSTED, OCKAM_NODE_REFUSED_BY_PEER, OCKAM_NODE_INVALID_ROUTE,
 * OCKAM_NODE_NO_CREDENTIAL, OCKAM_NODE_IDENTITY_NOT_FOUND; or the signal's reason. All that was opened is closed then.
 */
export async function buildRoute(
  core: NodeCore,
  plan: RoutePlan,
  options: RouteBuildOptions,
): Promise<BuiltRoute> {
  const deadline = performance.now() + options.timeout;
  const lastChannel = plan.steps.findLastIndex(({ kind }) => kind === "secure");
  const parts: RoutePart[] = [];
  // Aborted when something below the next step is gone: its peer will not be heard of.
  const collapse = new AbortController();
  const signal =
    options.signal === undefined ? collapse.signal : AbortSignal.any([options.signal, collapse.signal]);
  let route: Route = [];
  try {
    for (const [index, step] of plan.steps.entries()) {
      options.signal?.throwIfAborted();
      if (step.kind === "worker") {
        route = [...route, Address.local(step.name)];
        continue;
      }
      const timeout = Math.max(1, Math.ceil(deadline - performance.now()));
      const authorized = index === lastChannel ? options.authorized : undefined;
      const part = await takeStep(core, plan, step, route, { ...options, timeout, authorized, signal });
      parts.push(part);
      void part.closed.then((cause) => collapse.abort(collapsed(step, cause)));
      route = step.kind === "tcp" ? [...route, part.address] : [part.address];
    }
    return new BuiltRoute(route, plan.text, parts, borrowedHop(core, plan, route, parts));
  } catch (error) {
    await closeParts(parts);
    throw error;
  }
}

async function takeStep(
  core: NodeCore,
  plan: RoutePlan,
  step: Exclude<RouteStep, { kind: "worker" }>,
  route: Route,
  options: RouteBuildOptions,
): Promise<RoutePart> {
  try {
    return step.kind === "tcp"
      ? await openConnection(core, step.address, options)
      : await openChannel(core, plan, step, [...route, Address.local(step.listener)], options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw isOckamError(error) ? explained(step, error) : error;
  }
}

/** When the way begins with something that was there before, its end is that of the way. */
function borrowedHop(
  core: NodeCore,
  plan: RoutePlan,
  route: Route,
  parts: readonly RoutePart[],
): Promise<Error | undefined> | undefined {
  const first = route[0]!;
  if (parts.some(({ address }) => address.equals(first))) return undefined;
  if (core.router.has(first)) return core.hops.find(first)?.closed;
  const hop = plan.steps[0]!.text;
  throw nodeError("INVALID_ROUTE", `${hop}: there is nothing at that address of this node`, {
    details: { hop },
  });
}

function collapsed(step: RouteStep, cause: Error | undefined): OckamError {
  return nodeError("CONNECT_FAILED", `${step.text}: the connection was closed by the other side`, {
    cause,
    details: { hop: step.text },
  });
}

/** Opens a TCP connection and puts it down as a way out. @throws OckamError of the transport */
export async function openConnection(
  core: NodeCore,
  address: string,
  options: Pick<RouteBuildOptions, "timeout" | "signal">,
): Promise<RoutedConnection> {
  const { signal, timeout } = options;
  const bounds = { timeout, ...(signal === undefined ? {} : { signal }) };
  const connection = await connect(core.router, core.transport, address, bounds);
  core.hops.add(connection.address, { closed: connection.closed, connection });
  return connection;
}

async function openChannel(
  core: NodeCore,
  plan: RoutePlan,
  step: Extract<RouteStep, { kind: "secure" }>,
  route: Route,
  options: RouteBuildOptions,
): Promise<SecureChannel> {
  const { credential, signal, timeout } = options;
  const identityName = options.identity ?? core.identityName;
  // Nobody but the project's node at its address; behind it, the project's members where the own node has no authority.
  const project = step.project ?? (core.trust.authority === undefined ? plan.project : undefined);
  const startedAt = performance.now();
  const terms = await termsOf(core, identityName, project, options);
  const asked = trustPolicyOf(options.authorized);
  const channel = await createSecureChannel(core.router, route, {
    ...core.state.identities.open(identityName),
    ...terms,
    trustPolicy:
      step.project === undefined ? asked : bothOf(trustIdentifiers([step.project.identifier]), asked),
    timeout: Math.max(1, Math.ceil(startedAt + timeout - performance.now())),
    log: core.log,
    ...(signal === undefined ? {} : { signal }),
    ...(credential === undefined ? {} : { credential: async () => credential }),
  });
  core.hops.add(channel.address, { closed: channel.closed, channel });
  if (credential === undefined && options.trust !== "none") core.trust.watch(channel, identityName, project);
  return channel;
}

function termsOf(
  core: NodeCore,
  identityName: string,
  project: TrustedProject | undefined,
  { credential, signal, timeout, trust = "required" }: RouteBuildOptions,
): ChannelTerms | Promise<ChannelTerms> {
  if (trust === "none") return {};
  const required = trust === "required" && credential === undefined;
  return core.trust.channelTerms(identityName, project, { required, timeout, signal });
}

/**
 * Whom these identifiers let in: anyone when there are none.
 * @throws OckamError of `Identifier.parse`
 */
export function trustPolicyOf(authorized: readonly string[] | undefined): TrustPolicy {
  if (authorized === undefined || authorized.length === 0) return trustEveryone;
  return trustIdentifiers(authorized.map((text) => Identifier.parse(text)));
}

/** What a failure means for the one who asked for the route. */
const MEANINGS: Readonly<Record<string, NodeErrorName>> = {
  OCKAM_TCP_UNKNOWN_HOST: "DNS_FAILED",
  OCKAM_TCP_CONNECTION_REFUSED: "CONNECT_FAILED",
  OCKAM_TCP_UNREACHABLE: "CONNECT_FAILED",
  OCKAM_TCP_TIMEOUT: "CONNECT_FAILED",
  OCKAM_TCP_CONNECT_FAILED: "CONNECT_FAILED",
  OCKAM_TCP_INVALID_ADDRESS: "INVALID_ROUTE",
  OCKAM_SECURE_CHANNEL_PEER_NOT_TRUSTED: "PEER_NOT_TRUSTED",
  OCKAM_SECURE_CHANNEL_TIMEOUT: "HANDSHAKE_FAILED",
  OCKAM_ROUTING_UNKNOWN_ADDRESS: "INVALID_ROUTE",
};

function explained(step: RouteStep, error: OckamError): OckamError {
  if (error.code.startsWith("OCKAM_NODE_")) return error;
  if (error.code === "OCKAM_SECURE_CHANNEL_REFUSED")
    return nodeError(
      "REFUSED_BY_PEER",
      `${step.text}: ${String(error.details["peer"])} took part in the handshake and then fell silent: it does not ` +
        "authorize this identity, or offers no echo service through that listener",
      { cause: error, details: { ...error.details, hop: step.text } },
    );
  if (isDenial(error))
    return nodeError(
      "REFUSED_BY_PEER",
      `${step.text}: the node there does not allow this identity what it asked for: it has no credential that a policy there asks for, or not the attributes`,
      { cause: error, details: { hop: step.text } },
    );
  const meaning = MEANINGS[error.code] ?? (step.kind === "secure" ? "HANDSHAKE_FAILED" : "CONNECT_FAILED");
  return nodeError(meaning, `${step.text}: ${error.message}`, {
    cause: error,
    details: { ...error.details, hop: step.text },
  });
}

/** Whether the peer took part in the handshake, and then said that its policies are against this identity. */
function isDenial(error: OckamError): boolean {
  const { reply } = error.details;
  return typeof reply === "string" && deniedPing(fromHex(reply)) !== undefined;
}
