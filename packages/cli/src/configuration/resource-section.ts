/** A section that makes things at nodes, each with one command. */
export interface ResourceSection {
  /** The key for several, and the one for one; both take both. */
  readonly keys: readonly [plural: string, singular: string];
  readonly words: readonly [group: string, command: string];
  /** The key of the command's option that is the node unless the file says otherwise. */
  readonly nodeOption: "at" | "to" | undefined;
}

/** What a node has, in the order in which it is made. */
export const NODE_SECTIONS: readonly ResourceSection[] = [
  { keys: ["policies", "policy"], words: ["policy", "create"], nodeOption: "at" },
  { keys: ["relays", "relay"], words: ["relay", "create"], nodeOption: "to" },
  { keys: ["tcp-outlets", "tcp-outlet"], words: ["tcp-outlet", "create"], nodeOption: "at" },
  { keys: ["tcp-inlets", "tcp-inlet"], words: ["tcp-inlet", "create"], nodeOption: "at" },
  { keys: ["kafka-outlets", "kafka-outlet"], words: ["kafka-outlet", "create"], nodeOption: "at" },
  { keys: ["kafka-inlets", "kafka-inlet"], words: ["kafka-inlet", "create"], nodeOption: "at" },
];

/** Sections of Rust's files that this command cannot apply. They are refused, not skipped: a part would be missing. */
export const REFUSED_SECTIONS: Readonly<Record<string, string>> = Object.fromEntries(
  ["influxdb-outlet", "influxdb-inlet"].flatMap((section) =>
    [section, `${section}s`].map((key) => [key, "InfluxDB portals are not there yet"]),
  ),
);
