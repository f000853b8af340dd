// Where the nodes are that consume. docs/protocol/kafka-portal.md, "Where keys are agreed on".
import { nodeError } from "../node-error.ts";
import { RELAY_PREFIX } from "../relays/relay-registration.ts";
import { planRoute } from "../routes/route-plan.ts";
import type { RoutePlan, RoutePlaces, RouteStep } from "../routes/route-plan.ts";

/** A channel of a node to itself. */
export const SELF = "self";
/** How it is written as a route. */
export const SELF_ROUTE = "/secure/api";

const CONSUMER_PREFIX = "consumer_";

/** Kafka's own rule for names of topics. */
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;

/** Some partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The name of the relay by which the consumer of a partition is found, as Rust calls it; undefined for a topic that is none. */
export function consumerRelayName({ partition, topic }: TopicPartition): string | undefined {
  return TOPIC.test(topic) && partition >= 0 ? `${CONSUMER_PREFIX}${topic}_${partition}` : undefined;
}

/** Whether a relay has such a name. */
export function isConsumerRelay(name: string): boolean {
  return name.startsWith(CONSUMER_PREFIX);
}

/**
 * The plan of a multiaddress, with `self` for the own node.
 * @throws OckamError of `planRoute`
 */
export function planNodeRoute(to: string, places: RoutePlaces): RoutePlan {
  return planRoute(to === SELF ? SELF_ROUTE : to, places);
}

/**
 * The way to the node of an outlet: policies ask who that is, so a channel has to lead there.
 * @throws OckamError OCKAM_NODE_INVALID_ROUTE, and those of `planRoute`
 */
export function planOutletWay(to: string, places: RoutePlaces): RoutePlan {
  const plan = planNodeRoute(to, places);
  if (plan.steps.some(({ kind }) => kind === "secure")) return plan;
  throw nodeError(
    "INVALID_ROUTE",
    `nobody proves an identity on the way ${plan.text}, and Kafka portals serve nobody else; add /secure/api`,
    { details: { route: plan.text } },
  );
}

/** Where to look for consumers. */
export type ConsumerPlace =
  /** All partitions are read by one node. */
  | { readonly kind: "node"; readonly to: string }
  /** The reader of each partition has a relay there. */
  | { readonly kind: "relays"; readonly to: string };

/**
 * The way to that node, or the one with the relays; without a step when that is this node.
 * @throws OckamError of `planRoute`
 */
export function planConsumerPlace({ kind, to }: ConsumerPlace, places: RoutePlaces): RoutePlan {
  return kind === "node" ? planConsumerNode(to, places) : planNodeRoute(to, places);
}

/**
 * The relay that leads on from there to who consumes a partition; undefined when no relay does.
 * @throws OckamError OCKAM_NODE_INVALID_NAME for a topic that can have none
 */
export function consumerRelay({ kind }: ConsumerPlace, partition: TopicPartition): string | undefined {
  if (kind === "node") return undefined;
  const name = consumerRelayName(partition);
  if (name !== undefined) return RELAY_PREFIX + name;
  throw nodeError("INVALID_NAME", `${JSON.stringify(partition.topic)} is no name of a topic`);
}

/** A way with more steps at its end. */
export function extended(plan: RoutePlan, ...more: readonly RouteStep[]): RoutePlan {
  const text = plan.text + more.map((step) => step.text).join("");
  return { ...plan, steps: [...plan.steps, ...more], text };
}

/** Rust's users write the channel that leads there, too; keys are agreed on without. */
function planConsumerNode(to: string, places: RoutePlaces): RoutePlan {
  const plan = planNodeRoute(to, places);
  const last = plan.steps.at(-1)!;
  const isApi = last.kind === "secure" && last.project === undefined && last.listener === "api";
  if (!isApi) return plan;
  const text = plan.text.slice(0, plan.text.length - last.text.length);
  return { ...plan, steps: plan.steps.slice(0, -1), text };
}
