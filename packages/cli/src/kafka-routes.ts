import type { NamedProject } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { chooseProject } from "./project-choice.ts";
import { projectRoute, relayedNode } from "./project-reach.ts";
import { usageError } from "./usage-error.ts";

/** What was typed of the ways of a Kafka inlet. */
export interface TypedKafkaRoutes {
  readonly to: string | undefined;
  /** The relay of the default project, instead of {@link to}. */
  readonly via: string | undefined;
  readonly consumer: string | undefined;
  readonly consumerRelay: string | undefined;
  readonly publishingRelay: string | undefined;
  readonly noPublishing: boolean;
}

/** The ways of a Kafka inlet, as a node is told of them. */
export interface KafkaRoutes {
  /** To the node that has the outlet. */
  readonly to: string;
  /** To the one node that consumes; otherwise consumers are found at {@link consumerRelay}. */
  readonly consumer?: string;
  readonly consumerRelay?: string;
  /** To where this node's own consumers are published; `false`: nowhere. */
  readonly publishingRelay: string | false;
}

/**
 * Completes what was typed. Without a route to the outlet it is the default project, or the node behind a relay of it:
 * then consumers have their relays at the project, too.
 * @throws OckamError OCKAM_CLI_USAGE for what excludes each other, OCKAM_CLI_NO_PROJECT
 */
export function kafkaRoutes(typed: TypedKafkaRoutes): KafkaRoutes {
  const { consumer, consumerRelay, noPublishing, publishingRelay, via } = typed;
  expectOne("--to", typed.to, "--via", via);
  expectOne("--consumer", consumer, "--consumer-relay", consumerRelay);
  expectOne("--publishing-relay", publishingRelay, "--no-publishing", noPublishing ? "" : undefined);
  const { meetingPoint, to } = wayOf(typed);
  const relay = consumerRelay ?? meetingPoint;
  return {
    to,
    ...(consumer === undefined ? { consumerRelay: relay } : { consumer }),
    publishingRelay: noPublishing ? false : (publishingRelay ?? relay),
  };
}

/** The way to the outlet's node, and the node on it that both sides reach. */
function wayOf({ to, via }: TypedKafkaRoutes): { readonly to: string; readonly meetingPoint: string } {
  if (to !== undefined) return { to, meetingPoint: to };
  const project = defaultProject();
  const meetingPoint = projectRoute(project);
  return { to: via === undefined ? meetingPoint : relayedNode(project, via), meetingPoint };
}

function expectOne(
  name: string,
  value: string | undefined,
  other: string,
  otherValue: string | undefined,
): void {
  if (value === undefined || otherValue === undefined) return;
  throw usageError(`${name} and ${other} exclude each other`, `leave out ${name} or ${other}`);
}

function defaultProject(): NamedProject {
  using state = openState();
  return chooseProject(
    state,
    undefined,
    "No projects found: without --to a Kafka inlet leads through a project, and there is none",
  );
}
