import type { NodeStatus } from "@ockam/node";

import type { Result } from "../result.ts";
import type { Style } from "../style.ts";
import type { NodeChange } from "./ensured-node.ts";
import type { NodeEnrolment } from "./node-enrolment.ts";
import type { AppliedCommand } from "./applied-command.ts";
import { quoteWords } from "./planned-command.ts";

/** What a configuration did. */
export interface NodeOutcome {
  readonly name: string;
  readonly source: string;
  readonly node: NodeChange;
  readonly isDefault: boolean;
  readonly enrolment: NodeEnrolment | undefined;
  readonly applied: readonly AppliedCommand[];
  status(): Promise<NodeStatus>;
}

/** For people: what changed. For pipes: the node's name, then what each command gives, one a line. */
export async function outcomeResult(outcome: NodeOutcome, json: boolean): Promise<Result> {
  const { applied, enrolment, name, node } = outcome;
  const status = json ? await outcome.status() : undefined;
  return {
    json: () => ({
      ...status,
      configuration: {
        node,
        enrolment: enrolment?.result?.json() ?? null,
        changes: applied.map(({ change, line, result }) => ({
          command: quoteWords(["ockam", ...line]),
          change,
          result: result?.json() ?? null,
        })),
      },
    }),
    machine: [
      name,
      ...applied.flatMap(({ result }) => (result?.machine === undefined ? [] : [result.machine])),
    ].join("\n"),
    plain: (style) => plainOutcome(outcome, style),
  };
}

/** Whether everything was as the configuration says already. */
export function isUnchanged({ applied, enrolment, node }: NodeOutcome): boolean {
  return (
    node === "unchanged" && enrolment?.isNew !== true && applied.every(({ change }) => change === "unchanged")
  );
}

function plainOutcome(outcome: NodeOutcome, style: Style): string {
  const { applied, enrolment, isDefault, name, node, source } = outcome;
  const changed = applied.filter(({ change }) => change !== "unchanged");
  const same = applied.length - changed.length;
  return [
    ...(enrolment?.result === undefined ? [] : [enrolment.result.plain(style)]),
    ...(node === "unchanged" ? [] : [style.success(`${NODE_VERBS[node]} the node ${style.name(name)}`)]),
    ...(node === "created" && isDefault
      ? [style.success("It is your default node: commands use it when you name none")]
      : []),
    ...changed.flatMap(({ result }) => (result === undefined ? [] : [result.plain(style)])),
    ...(same === 0 || isUnchanged(outcome)
      ? []
      : [style.info(`${same} of ${applied.length} things were there as ${source} says`)]),
    style.info(`See it with: ${style.name(`ockam node show ${name}`)}`),
  ].join("\n");
}

const NODE_VERBS = { created: "Created", started: "Started", restarted: "Restarted" } as const;
