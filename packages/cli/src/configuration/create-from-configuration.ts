import { takeTicketVariable } from "../process-arguments.ts";
import type { Result } from "../result.ts";
import type { Terminal } from "../terminal.ts";
import { readSource } from "../text-source.ts";
import { findConfiguration, readVariablePairs } from "./configuration-source.ts";
import { configurationTable, NO_NODE_FIELDS } from "./configuration-table.ts";
import { createConfiguredNode } from "./configured-node.ts";
import { dryRun } from "./dry-run.ts";
import { readNodeConfiguration } from "./node-configuration.ts";
import { planNode, typedArguments } from "./node-plan.ts";

/** What `node create` was given, read. */
export interface ConfiguredValues extends Readonly<Record<string, unknown>> {
  readonly name: string | undefined;
  readonly configuration: string | undefined;
  readonly variable: readonly string[];
  readonly enrollmentTicket: string | undefined;
  readonly services: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Makes a node of a configuration. docs/configuration.md
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION with the place, and of what the configuration asks for
 */
export async function createFromConfiguration(
  values: ConfiguredValues,
  terminal: Terminal,
): Promise<Result | undefined> {
  const variables = readVariablePairs(values.variable);
  const { label: source, name, text } = await findConfiguration(values.name, values.configuration, terminal);
  const table = await configurationTable();
  const environment = { ...process.env };
  // A ticket is for this command alone, not for the node that it starts.
  const ticketVariable = takeTicketVariable();
  const services =
    values.services === undefined
      ? undefined
      : await readSource(values.services, terminal.source("the services"));
  const configuration = readNodeConfiguration({
    text,
    source,
    table,
    variables,
    environment,
    ...(services === undefined
      ? {}
      : {
          services: { text: services.text, source: services.kind === "text" ? "--services" : services.label },
        }),
  });
  for (const warning of configuration.warnings) terminal.warn(warning);
  const ticket = values.enrollmentTicket ?? ticketVariable;
  const plan = planNode(table, configuration, typedArguments(values, NO_NODE_FIELDS, name), ticket);
  if (values.dryRun) return dryRun(plan);
  return createConfiguredNode({ plan, source, terminal });
}
