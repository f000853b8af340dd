import type { Command } from "../command.ts";
import { commandOf } from "./command-of.ts";
import { listenerCommand } from "./services.ts";

/** A section that makes things at the node, each with one command. */
export interface ResourceSection {
  /** The key for several, and the one for one; both take both. */
  readonly keys: readonly [plural: string, singular: string];
  readonly words: readonly [group: string, command: string];
  /** The key of the command's option that is this node unless the file says otherwise. */
  readonly nodeOption: "at" | "to";
}

/** What a configuration may have, and the commands that give it its meaning. */
export interface ConfigurationTable {
  /** Its options are the fields of the node. */
  readonly node: Command;
  /** What `services: secure-channel-listener` takes. */
  readonly listener: Command;
  /** In the order in which they are applied. */
  readonly resources: readonly (ResourceSection & { readonly command: Command })[];
}

const SECTIONS: readonly ResourceSection[] = [
  { keys: ["policies", "policy"], words: ["policy", "create"], nodeOption: "at" },
  { keys: ["relays", "relay"], words: ["relay", "create"], nodeOption: "to" },
  { keys: ["tcp-outlets", "tcp-outlet"], words: ["tcp-outlet", "create"], nodeOption: "at" },
  { keys: ["tcp-inlets", "tcp-inlet"], words: ["tcp-inlet", "create"], nodeOption: "at" },
];

/** Sections of Rust's files that this command cannot apply. They are refused, not skipped: a part would be missing. */
export const REFUSED_SECTIONS: Readonly<Record<string, string>> = Object.fromEntries(
  ["kafka-outlet", "kafka-inlet", "influxdb-outlet", "influxdb-inlet"].flatMap((section) => {
    const reason = `${section.startsWith("kafka") ? "Kafka" : "InfluxDB"} portals are not there yet`;
    return [section, `${section}s`].map((key) => [key, reason]);
  }),
);

/** Options of `node create` that say where the configuration comes from, or are only typed. */
export const NO_NODE_FIELDS: ReadonlySet<string> = new Set([
  "configuration",
  "variable",
  "enrollmentTicket",
  "services",
  "dryRun",
]);

/** Loads the commands. */
export async function configurationTable(): Promise<ConfigurationTable> {
  const [node, listener, ...commands] = await Promise.all([
    commandOf(["node", "create"]),
    listenerCommand(),
    ...SECTIONS.map(({ words }) => commandOf(words)),
  ]);
  const resources = SECTIONS.flatMap((section, index) => {
    const command = commands[index];
    return command === undefined ? [] : [{ ...section, command }];
  });
  return { node: node!, listener, resources };
}
