import { statSync } from "node:fs";

import type { NodeRecord, NodeStatus } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { CONFIGURATION_OUTCOME, DRY_RUN } from "../configuration/outcome-shape.ts";
import { extended, oneOf } from "../json-shape.ts";
import { startNode } from "../node-access.ts";
import { isNodeName } from "../node-reference.ts";
import { nodeSettings } from "../node-settings.ts";
import { argument, flag, parsed, text, texts } from "../option.ts";
import { NODE } from "../render/node.ts";
import type { Result } from "../result.ts";
import { statusOfNewNode } from "../show-node.ts";
import { formatSocketAddress, parseSocketAddress } from "../socket-address.ts";
import { TRUST_OPTIONS } from "../trust-options.ts";
import { NODE_UDP_OPTIONS } from "../unsupported-options.ts";

export const nodeCreate: Command = defineCommand({
  summary: "Create a node and start it in the background",
  description:
    "The node listens on 127.0.0.1 and offers the services echo, uppercase and api (secure channels). A node that exists and is stopped is started with what it had; one that is running already is an error. With a [configuration](configuration.md) it makes a node and all that it has.",
  notes: [
    "With `--foreground` the result is printed as soon as the node is up, and the command ends with the node: Ctrl-C, SIGTERM, SIGHUP, or with `--exit-on-eof` the end of standard input.",
    "What the trust options mean together: [protocol/trust.md](protocol/trust.md). A project that is not there is an error.",
  ],
  examples: [
    "node create n1",
    "node create n1 --tcp-listener-address 0.0.0.0:4000",
    "node create n1 --foreground --exit-on-eof",
    "node create node.yaml --variable PORT=15432",
  ],
  json: oneOf(NODE, extended(NODE, { configuration: CONFIGURATION_OUTCOME }), DRY_RUN),
  pipe: "the name; of a configuration also what each of its commands gives, one a line",
  positionals: {
    name: argument(
      "Its name, or a configuration: a file, a URL, YAML or JSON, - for standard input. Without a name: that of the default node if it is stopped, else a random one",
    ),
  },
  options: {
    foreground: flag("Run here until Ctrl-C", { short: "f" }),
    exitOnEof: flag("End when standard input does; needs --foreground", { short: "e" }),
    skipIsRunningCheck: flag("Start even if the node seems to run already; needs --foreground", {
      short: "s",
    }),
    tcpListenerAddress: parsed("HOST:PORT", "Where it listens for other nodes", readAddress, {
      short: "t",
      fallback: "127.0.0.1 and a free port",
    }),
    identity: text("IDENTITY", "Its identity, created when missing", { fallback: "the default identity" }),
    ...TRUST_OPTIONS,
    noStatusEndpoint: flag("No HTTP status endpoint"),
    statusEndpoint: parsed("IP:PORT", "Where its HTTP status endpoint listens", readAddress, {
      fallback: "127.0.0.1:23345, or a free port",
    }),
    statusEndpointPort: parsed("PORT", "", readPort, {
      hidden: true,
      deprecated: "give --status-endpoint 127.0.0.1:PORT",
    }),
    configuration: text("YAML", "Make the node and what it has of this configuration", {
      aliases: ["node-config"],
    }),
    variable: texts("NAME=VALUE", "A variable of the configuration; repeatable"),
    enrollmentTicket: text(
      "TICKET",
      "Enrol the node's identity with this ticket first: a file, a URL, - or the ticket",
      { fallback: "ENROLLMENT_TICKET" },
    ),
    dryRun: flag("Print the commands that a configuration stands for, and do nothing"),
    services: text("JSON", "The section 'services' of a configuration", {
      hidden: true,
      aliases: ["launch-configuration", "launch-config"],
    }),
    inMemory: flag("Keep its state in memory; needs --foreground", { hidden: true }),
    ...NODE_UDP_OPTIONS,
    httpServer: flag("", {
      hidden: true,
      aliases: ["enable-http-server"],
      deprecated: "the status endpoint is always on",
    }),
  },
  async run(values, terminal) {
    if (isConfigured(values)) {
      const { createFromConfiguration } = await import("../configuration/create-from-configuration.ts");
      return createFromConfiguration(values, terminal);
    }
    const { exitOnEof, foreground, inMemory, options, skipIsRunningCheck, ...identity } =
      nodeSettings(values);
    using state = openState({ inMemory });
    const name = values.name ?? state.nodes.nextName();
    if (!foreground) {
      const node = await startNode(terminal, { state, name, ...identity, options });
      return created(node, await statusOfNewNode(state, node, terminal));
    }
    const { runNode } = await import("@ockam/node");
    const report = async () => {
      const node = state.nodes.get(name);
      await terminal.print(created(node, await statusOfNewNode(state, node, terminal)));
    };
    await runNode({
      state,
      name,
      ...identity,
      options,
      skipIsRunningCheck,
      exitOnEof,
      log: terminal.log,
      onReady: () => void report(),
    });
    return undefined;
  },
});

function created(node: NodeRecord, status: NodeStatus): Result {
  return {
    json: () => status,
    machine: node.name,
    plain: (style) =>
      [
        style.success(`Created the node ${style.name(node.name)}`),
        ...(node.isDefault
          ? [style.success("It is your default node: commands use it when you name none")]
          : []),
      ].join("\n"),
    next: (style) => [
      `See it with: ${style.name(`ockam node show ${node.name}`)}`,
      `Make a service reachable through it: ${style.name(`ockam tcp-outlet create --at ${node.name} --to PORT`)}`,
    ],
  };
}

function readAddress(typed: string): string {
  return formatSocketAddress(parseSocketAddress(typed));
}

function readPort(typed: string): string {
  return formatSocketAddress({ host: "127.0.0.1", port: parseSocketAddress(typed).port });
}

/** Whether more was given than the name of a node and its options. */
function isConfigured(values: {
  readonly name: string | undefined;
  readonly configuration: string | undefined;
  readonly enrollmentTicket: string | undefined;
  readonly services: string | undefined;
  readonly variable: readonly string[];
  readonly dryRun: boolean;
}): boolean {
  const { configuration, enrollmentTicket, name, services } = values;
  return (
    values.dryRun ||
    values.variable.length > 0 ||
    (name !== undefined && (name === "-" || !isNodeName(name) || isFile(name))) ||
    [configuration, enrollmentTicket, services, process.env["ENROLLMENT_TICKET"]].some(
      (given) => given !== undefined && given !== "",
    )
  );
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
