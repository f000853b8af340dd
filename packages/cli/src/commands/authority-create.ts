import { OckamError } from "@ockam/codec";
import type { AuthoritySettings, NodeRecord, NodeStatus, State } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { credentialLifetime, credentialLifetimeOption } from "../credential-lifetime.ts";
import { startNode } from "../node-access.ts";
import { isNodeName } from "../node-reference.ts";
import { flag, parsed, required, text, texts } from "../option.ts";
import { NODE } from "../render/node.ts";
import type { Result } from "../result.ts";
import { statusOfNewNode } from "../show-node.ts";
import { formatSocketAddress, parseSocketAddress } from "../socket-address.ts";
import { parseTrustedIdentities } from "../trusted-identities.ts";
import { usageError } from "../usage-error.ts";

const LISTENER_ADDRESS = "127.0.0.1:4000";

export const authorityCreate: Command = defineCommand({
  summary: "Create an authority: a node that issues the credentials of a project's members",
  description:
    "Its node and, unless told otherwise, its identity are called authority-<project identifier>; an identity called authority is renamed. It offers nothing but its services, through secure channels: [node.md](node.md#who-may-reach-what). One that exists and is stopped is started with the options given now, by 'ockam node start' with those that it had; its members stay, but for those that were trusted before and are not any more. 'ockam node delete' forgets them.",
  examples: [
    "authority create --project-identifier p1 --trusted-identities {}",
    "authority create --project-identifier p1 --trusted-identities {} --tcp-listener-address 0.0.0.0:4001",
  ],
  json: NODE,
  pipe: "nothing",
  options: {
    projectIdentifier: required(text("ID", "The project; it names the node, and stands in the credentials")),
    trustedIdentities: required(
      parsed(
        "JSON",
        'The members that it starts with: {"IDENTIFIER":{"ATTRIBUTE":"VALUE"}}',
        parseTrustedIdentities,
      ),
    ),
    tcpListenerAddress: parsed("HOST:PORT", "Where it listens", readAddress, {
      short: "t",
      fallback: LISTENER_ADDRESS,
    }),
    identity: text("IDENTITY", "Its identity, created when missing", {
      fallback: "authority-<project identifier>",
    }),
    credentialLifetime: credentialLifetimeOption("5m for members that renew early, and 10m for others"),
    noDirectAuthentication: flag("Members cannot be listed, added or removed"),
    noTokenEnrollment: flag("Tickets can be neither made nor used"),
    accountAuthority: text(
      "HEX",
      "Change history of an authority whose credentials with project=ID make administrators",
    ),
    enforceAdminChecks: flag("Only those administrators may make enrollers"),
    disableTrustContextId: flag("Leave trust_context_id out of credentials"),
    foreground: flag("Run here until Ctrl-C", { short: "f" }),
    skipIsRunningCheck: flag("Start even if the node seems to run already; needs --foreground", {
      short: "s",
    }),
    tenantBaseUrl: text("URL", "", { hidden: true }),
    certificate: text("PEM", "", { hidden: true }),
    attributes: texts("ATTRIBUTE", "", { hidden: true }),
    projectIdentityIdentifierFile: text("PATH", "", { hidden: true, deprecated: "it has no effect" }),
    projectAccessRoute: text("ROUTE", "", { hidden: true, deprecated: "it has no effect" }),
  },
  async run(values, terminal) {
    if (
      [values.tenantBaseUrl, values.certificate, values.attributes[0]].some((value) => value !== undefined)
    ) {
      throw new OckamError("OCKAM_CLI_NO_OKTA", "Members cannot enrol with Okta here", {
        details: {
          hint: "leave out --tenant-base-url, --certificate and --attributes, and give members tickets",
        },
      });
    }
    if (values.skipIsRunningCheck && !values.foreground) {
      throw usageError("--skip-is-running-check needs --foreground");
    }
    using state = openState();
    if (!isNodeName(values.projectIdentifier))
      throw usageError(
        `'${values.projectIdentifier}' names no project`,
        "--project-identifier has letters, digits, '_' and '-' only: the node is named by it",
      );
    const name = `authority-${values.projectIdentifier}`;
    const known = state.nodes.find(name);
    const project = known?.options.authority?.project;
    const lifetime = credentialLifetime(values.credentialLifetime);
    const authority: AuthoritySettings = {
      projectIdentifier: values.projectIdentifier,
      trustedIdentities: values.trustedIdentities,
      directAuthentication: !values.noDirectAuthentication,
      tokenEnrollment: !values.noTokenEnrollment,
      enforceAdminChecks: values.enforceAdminChecks,
      trustContextId: !values.disableTrustContextId,
      ...(lifetime === undefined ? {} : { credentialLifetime: lifetime }),
      ...(values.accountAuthority === undefined ? {} : { accountAuthority: values.accountAuthority }),
      ...(project === undefined ? {} : { project }),
    };
    const identity = values.identity ?? ownIdentity(state, name, known);
    const options = {
      authority,
      tcpListenerAddress: values.tcpListenerAddress ?? LISTENER_ADDRESS,
      statusEndpoint: "off",
    };
    const isNew = state.identities.find(identity) === undefined;
    const report = async (node: NodeRecord): Promise<Result> =>
      created(node, await statusOfNewNode(state, node, terminal));
    try {
      if (!values.foreground)
        return await report(await startNode(terminal, { state, name, identity, options }));
      const { runNode } = await import("@ockam/node");
      await runNode({
        state,
        name,
        identity,
        options,
        skipIsRunningCheck: values.skipIsRunningCheck,
        log: terminal.log,
        onReady: () => void report(state.nodes.get(name)).then((result) => terminal.print(result)),
      });
      return undefined;
    } catch (error) {
      const isUseless = isNew && state.nodes.find(name) === undefined;
      if (isUseless && state.identities.find(identity) !== undefined) await state.identities.delete(identity);
      throw error;
    }
  },
});

/** The identity of an authority that is not given one. One that was made for it beforehand may be called `authority`. */
function ownIdentity(state: State, name: string, known: NodeRecord | undefined): string {
  if (known !== undefined) return known.identityName;
  const { identities } = state;
  const former = identities.find("authority");
  if (former !== undefined && identities.find(name) === undefined)
    return identities.rename(former.name, name).name;
  return name;
}

function created(node: NodeRecord, status: NodeStatus): Result {
  return {
    json: () => status,
    machine: "",
    plain: (style) =>
      [
        style.success(
          `Created the authority ${style.name(node.name)} at ${node.tcpListenerAddress ?? "no address"}`,
        ),
        style.info(
          `Its change history: ${style.name(`ockam identity show ${node.identityName} --full --encoding hex`)}`,
        ),
      ].join("\n"),
  };
}

function readAddress(typed: string): string {
  return formatSocketAddress(parseSocketAddress(typed));
}
