import { defineCommand, type Command } from "../command.ts";
import { notSupported } from "../option.ts";
import { INSTEAD_OF_UDP, NO_UDP } from "../unsupported-options.ts";

/** A command of Rust's `ockam` for what this one does not do. */
export type UnavailableCommand =
  | "influxdb-inlet create"
  | "influxdb-outlet create"
  | "rendezvous create"
  | "rendezvous get-my-address"
  | "migrate-database";

const UDP = { message: NO_UDP, instead: INSTEAD_OF_UDP };

const INFLUXDB = {
  message: "There are no portals that lease tokens of InfluxDB",
  instead:
    "'ockam tcp-outlet create' and 'ockam tcp-inlet create --http-header \"Authorization:Token TOKEN\"' make a " +
    "portal to InfluxDB that adds a token of yours",
};

const REASONS: Readonly<Record<UnavailableCommand, { readonly message: string; readonly instead: string }>> =
  {
    "influxdb-inlet create": INFLUXDB,
    "influxdb-outlet create": INFLUXDB,
    "rendezvous create": UDP,
    "rendezvous get-my-address": UDP,
    "migrate-database": {
      message:
        "There is no postgres database configuration: the state of a machine is in files of OCKAM_HOME",
      instead: "nothing is to be done: each command brings the files of an older version up to date",
    },
  };

/** The command, which does nothing but say that it cannot, and what does the same. */
export function unavailableCommand(name: UnavailableCommand): Command {
  const { message, instead } = REASONS[name];
  return defineCommand({
    summary: "Is not supported",
    description: `${message}. Instead: ${instead}.`,
    examples: [],
    json: undefined,
    hidden: true,
    anyArguments: true,
    run: () => {
      throw notSupported(message, instead);
    },
  });
}
