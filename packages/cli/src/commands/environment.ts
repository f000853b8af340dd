import { defineCommand, type Command } from "../command.ts";
import { ENVIRONMENT_VARIABLES, type EnvironmentVariable } from "../environment-variables.ts";
import { array, boolean, nullable, object, string } from "../json-shape.ts";
import type { Style } from "../style.ts";

/** What is shown in place of a secret. */
const MASK = "***";

interface Variable extends EnvironmentVariable {
  readonly value: string | null;
}

export const environment: Command = defineCommand({
  summary: "Show the variables of the environment that count, and how they are set",
  description:
    "Secrets are not shown. Variables that are known from Rust's command and have no effect here are listed with the reason.",
  examples: ["environment", "environment --jq '.[] | select(.value != null) | .name'"],
  json: array(
    object({
      name: string(),
      value: nullable(string("*** for a secret"), "not set"),
      meaning: nullable(string(), "not known"),
      default: nullable(string("what holds when it is not set")),
      has_effect: boolean(),
      reason: nullable(string("why it has no effect")),
    }),
  ),
  async run() {
    const variables = [...ENVIRONMENT_VARIABLES, ...strangers()].map((variable): Variable => ({
      ...variable,
      value: shown(variable, process.env[variable.name]),
    }));
    return {
      json: () => variables.map(describe),
      plain: (style) => render(variables, style),
    };
  },
});

/** What is set, looks like ours, and is unknown: a name with a mistake in it, perhaps. */
function strangers(): readonly EnvironmentVariable[] {
  const known = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name));
  return Object.keys(process.env)
    .filter((name) => name.includes("OCKAM") && !known.has(name))
    .toSorted()
    .map((name) => ({ name, meaning: "", isSecret: isSecretName(name), withoutEffect: "it is not known" }));
}

function isSecretName(name: string): boolean {
  return /PASSWORD|TOKEN|TICKET|SECRET|KEY|URL|HEADERS/.test(name);
}

function shown({ isSecret }: EnvironmentVariable, value: string | undefined): string | null {
  if (value === undefined) return null;
  return isSecret === true && value !== "" ? MASK : value;
}

function describe({ fallback, meaning, name, value, withoutEffect }: Variable): unknown {
  return {
    name,
    value,
    meaning: meaning === "" ? null : meaning,
    default: fallback ?? null,
    has_effect: withoutEffect === undefined,
    reason: withoutEffect ?? null,
  };
}

function render(variables: readonly Variable[], style: Style): string {
  const parts: readonly (readonly [string, (variable: Variable) => boolean])[] = [
    ["Variables that count", ({ withoutEffect }) => withoutEffect === undefined],
    ["Set, and without effect", ({ value, withoutEffect }) => withoutEffect !== undefined && value !== null],
    [
      "Known from Rust's command, and without effect",
      ({ value, withoutEffect }) => withoutEffect !== undefined && value === null,
    ],
  ];
  return parts
    .map(([heading, belongs]) => [heading, variables.filter(belongs)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([heading, found]) => [style.heading(heading), ...found.map((one) => entry(one, style))].join("\n"))
    .join("\n\n");
}

function entry({ fallback, meaning, name, value, withoutEffect }: Variable, style: Style): string {
  const explanation =
    withoutEffect === undefined
      ? [meaning, ...(fallback === undefined ? [] : [`Not set: ${fallback}`])]
      : [`No effect: ${withoutEffect}`];
  return [
    style.row(`${style.name(name)}${value === null ? "" : `=${value}`}`),
    ...explanation.map((text) => style.row(`  ${style.dim(text)}`)),
  ].join("\n");
}
