import { OckamError } from "@ockam/codec";
import type { OckamNode, State } from "@ockam/node";
import { openState } from "@ockam/node/state";

import type { RunningNode } from "../node-access.ts";
import { statusOfRecord } from "../render/node-status.ts";
import type { Result } from "../result.ts";
import { showNode } from "../show-node.ts";
import type { Terminal } from "../terminal.ts";
import { applyCommands, locatedError } from "./applied-command.ts";
import { ensureNode, removeNode, type NodeChange } from "./ensured-node.ts";
import { isUnchanged, outcomeResult, type NodeOutcome } from "./node-outcome.ts";
import type { NodeEnrolment } from "./node-enrolment.ts";
import type { NodePlan } from "./node-plan.ts";

/** What a plan is carried out with. */
export interface Work {
  readonly plan: NodePlan;
  /** What the result calls the configuration. */
  readonly source: string;
  readonly terminal: Terminal;
}

/**
 * Makes the node what the plan says, in the background, or in this process until it ends. What is as it should be is
 * left alone; what the plan does not speak of stays. A node that is new goes again when something fails.
 * @throws OckamError of what failed first
 */
export async function createConfiguredNode(work: Work): Promise<Result | undefined> {
  const { plan, terminal } = work;
  const { inMemory } = plan.settings;
  if (inMemory && plan.ticket !== undefined) {
    throw new OckamError("OCKAM_CLI_IN_MEMORY_TICKET", "a node that keeps its state in memory cannot enrol", {
      details: { hint: "leave out in-memory, and give the node a folder of its own: OCKAM_HOME" },
    });
  }
  using state = openState({ inMemory });
  const name = plan.name ?? state.nodes.nextName();
  const enrolment = await enrolIdentity(state, name, work);
  if (plan.settings.foreground) {
    await runConfigured(state, name, work, enrolment);
    return undefined;
  }
  const known = state.nodes.find(name);
  // A node looks at its start whether it belongs to a project.
  const node = await ensureNode(state, { ...plan, name, anew: enrolment?.isNew === true }, terminal);
  try {
    return await apply(state, { name, node, enrolment, terminal }, work);
  } catch (error) {
    if (known === undefined) await removeNode(state, name);
    throw error;
  }
}

interface Applying {
  readonly name: string;
  readonly node: NodeChange;
  readonly enrolment: NodeEnrolment | undefined;
  readonly terminal: Terminal;
}

async function apply(
  state: State,
  { enrolment, name, node, terminal }: Applying,
  { plan, source }: Work,
): Promise<Result> {
  const applied = await applyCommands(plan.commands, name, terminal);
  const record = state.nodes.get(name);
  const outcome: NodeOutcome = {
    name,
    source,
    node,
    isDefault: record.isDefault,
    enrolment,
    applied,
    status: async () =>
      terminal.ownNode === undefined
        ? showNode(state, record)
        : terminal.ownNode.call("node.show", {}).catch(() => statusOfRecord(record)),
  };
  if (isUnchanged(outcome)) terminal.note(`Nothing changed: ${name} is as ${source} says`);
  return outcomeResult(outcome, terminal.json);
}

async function runConfigured(
  state: State,
  name: string,
  work: Work,
  enrolment: NodeEnrolment | undefined,
): Promise<void> {
  const { runNode } = await import("@ockam/node");
  const { plan, terminal } = work;
  const { exitOnEof, options, skipIsRunningCheck, ...rest } = plan.settings;
  const identity = rest.identity === undefined ? {} : { identity: rest.identity };
  const known = state.nodes.find(name);
  const ending = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  let applied = Promise.resolve();
  const onReady = (node: OckamNode): void => {
    const step: Applying = {
      name,
      node: known === undefined ? "created" : "started",
      enrolment,
      terminal: { ...terminal, ownNode: inProcess(node) },
    };
    applied = apply(state, step, work)
      .then((result) => terminal.print(result))
      .catch((error: unknown) => {
        failure = { error };
        ending.abort();
      });
  };
  await runNode({
    state,
    name,
    ...identity,
    options: { ...options, ...plan.apiListener },
    skipIsRunningCheck,
    exitOnEof,
    log: terminal.log,
    signal: ending.signal,
    onReady,
  });
  await applied;
  if (failure === undefined) return;
  if (known === undefined) state.nodes.delete(name);
  throw failure.error;
}

function inProcess(node: OckamNode): RunningNode {
  return {
    name: node.name,
    call: (method, params, { timeout } = {}) =>
      node.call(method, params, timeout === undefined ? {} : { signal: AbortSignal.timeout(timeout) }),
  };
}

async function enrolIdentity(
  state: State,
  name: string,
  { plan, terminal }: Work,
): Promise<NodeEnrolment | undefined> {
  if (plan.ticket === undefined) return undefined;
  const { enrolNode } = await import("./node-enrolment.ts");
  const identity = plan.settings.identity ?? state.nodes.find(name)?.identityName;
  try {
    return await enrolNode(state, terminal, plan.ticket, identity);
  } catch (error) {
    throw plan.ticketPlace === undefined ? error : locatedError(error, plan.ticketPlace);
  }
}
