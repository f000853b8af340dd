import { OckamError } from "@ockam/codec";

import { defineCommand, type Command } from "../command.ts";

/** A command of Rust's `ockam` that needs the hosted service. */
export type HostedCommand =
  | "enroll"
  | "space"
  | "space-admin"
  | "project-admin"
  | "project version"
  | "project addon"
  | "subscription"
  | "admin"
  | "lease"
  | "share"
  | "sidecar";

const OWN_PROJECT =
  "a project of your own needs no account: 'ockam project create' on a machine that the others reach makes one";

/** What does the same without the hosted service. */
const INSTEAD: Readonly<Record<HostedCommand, string>> = {
  enroll: `${OWN_PROJECT}, and 'ockam project enroll' on each of the others joins it`,
  space: OWN_PROJECT,
  "space-admin": `${OWN_PROJECT}, and 'ockam project ticket --enroller' makes others its administrators`,
  "project-admin":
    "in a project of your own, 'ockam project ticket --enroller' makes others its administrators",
  "project version": "'ockam --version' is the version of a project of your own, on the machine it runs on",
  "project addon": `${OWN_PROJECT}, and 'ockam tcp-outlet create --to HOST:PORT' brings any server into it`,
  subscription: `${OWN_PROJECT}, and it costs nothing`,
  admin: OWN_PROJECT,
  lease: `${OWN_PROJECT}; leases are not among what it offers`,
  share: "in a project of your own, 'ockam project ticket --attribute KEY=VALUE' invites others",
  sidecar: `${OWN_PROJECT}; 'ockam tcp-outlet create --relay NAME' and 'ockam tcp-inlet create --via NAME' do the rest`,
};

/** The command, which does nothing but say what does the same without an account. */
export function hostedCommand(name: HostedCommand): Command {
  const instead = INSTEAD[name];
  return defineCommand({
    summary: "Needs Ockam's hosted service",
    description: `${instead.charAt(0).toUpperCase()}${instead.slice(1)}.`,
    examples: [],
    json: undefined,
    hidden: true,
    anyArguments: true,
    run: () => {
      const message =
        name === "enroll"
          ? "There is no hosted service to enroll with"
          : "Please enroll using 'ockam enroll' before using this command";
      throw new OckamError("OCKAM_CLI_NOT_ENROLLED", message, { details: { hint: instead } });
    },
  });
}
