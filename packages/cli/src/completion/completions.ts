import type { State } from "@ockam/node";

import { tokenize } from "../argument-parser.ts";
import { optionName, type Command } from "../command.ts";
import { COMMANDS } from "../command-table.ts";
import { GLOBAL_OPTIONS } from "../global-options.ts";
import { parseNodeReference } from "../node-reference.ts";
import type { Option } from "../option.ts";
import { NO_COMPLETION, type Candidate, type Completion } from "./candidate.ts";
import {
  identifiers,
  identities,
  kafkaInlets,
  kafkaOutlets,
  nodes,
  policies,
  projects,
  relays,
  resourceTypes,
  runningNodes,
  secureChannelListeners,
  secureChannels,
  stoppedNodes,
  tcpConnections,
  tcpInlets,
  tcpListeners,
  tcpOutlets,
  vaults,
  type NameSource,
} from "./known-names.ts";
import { completeRoute } from "./route-completion.ts";

/** What a value is, by what the help calls it. */
type ValueSource = NameSource | "files";

/** Values of options by what the help calls them. */
const VALUES: Readonly<Record<string, ValueSource>> = {
  ENCODING: oneOf("plain", "hex"),
  FILE: "files",
  FOLDER: "files",
  IDENTIFIER: identifiers,
  IDENTITY: identities,
  NODE: nodes,
  PROJECT: projects,
  RELAY: relays,
  TICKET: "files",
  TYPE: resourceTypes,
  VAULT: vaults,
};

/** Values of options that the help calls otherwise, by their keys. */
const VALUES_BY_KEY: Readonly<Record<string, ValueSource>> = { project: projects };

/** Arguments by the group of the command, or by the command, which goes first. Undefined: a new name, or anything. */
export const ARGUMENTS: Readonly<Record<string, ValueSource | undefined>> = {
  "credential issue": vaults,
  identity: identities,
  "identity create": undefined,
  "kafka-consumer": kafkaInlets,
  "kafka-inlet": kafkaInlets,
  "kafka-inlet create": undefined,
  "kafka-outlet": kafkaOutlets,
  "kafka-outlet create": undefined,
  "kafka-producer": kafkaInlets,
  node: nodes,
  "node create": "files",
  "node start": stoppedNodes,
  "node stop": runningNodes,
  policy: policies,
  portal: "files",
  project: projects,
  "project create": undefined,
  "project enroll": "files",
  "project serve": "files",
  relay: relays,
  "relay create": undefined,
  run: "files",
  "secure-channel": secureChannels,
  "secure-channel-listener": secureChannelListeners,
  "secure-channel-listener create": undefined,
  "service start": oneOf("hop"),
  "tcp-connection": tcpConnections,
  "tcp-inlet": tcpInlets,
  "tcp-inlet create": undefined,
  "tcp-listener": tcpListeners,
  "tcp-listener create": undefined,
  "tcp-outlet": tcpOutlets,
  "tcp-outlet create": undefined,
  vault: vaults,
  "vault create": undefined,
};

/**
 * What may stand in place of the last of `typed`, the words of a command line after `ockam` up to the cursor: commands,
 * options and their values, files, or the names of what this machine and its running nodes have. Changes nothing, and
 * waits for no node longer than {@link LIVE_TIMEOUT}.
 */
export async function completions(typed: readonly string[]): Promise<Completion> {
  const current = typed.at(-1) ?? "";
  const place = await findPlace(typed.slice(0, -1));
  const { kind, candidates } =
    place.command === undefined
      ? { kind: "words" as const, candidates: await commandsOf(place, current) }
      : await completeArgument(place.command, place, current);
  return { kind, candidates: candidates.filter(({ value }) => value.startsWith(current)) };
}

type Options = Readonly<Record<string, Option<unknown>>>;
type OptionEntry = readonly [key: string, option: Option<unknown>];
type Level = typeof COMMANDS;

interface Place {
  /** The words of the command, or of the group so far. */
  readonly words: readonly string[];
  readonly level: Level;
  readonly command: Command | undefined;
  /** What was typed besides. */
  readonly rest: readonly string[];
}

async function findPlace(typed: readonly string[]): Promise<Place> {
  const words: string[] = [];
  const used: number[] = [];
  let level: Level = COMMANDS;
  for (const token of tokenize(typed, GLOBAL_OPTIONS)) {
    if (token.kind !== "positional") continue;
    used.push(token.index);
    if (words.length === 0 && token.value === "help") continue;
    words.push(token.value);
    const entry = Object.hasOwn(level, token.value) ? level[token.value] : undefined;
    const rest = typed.filter((_, index) => !used.includes(index));
    if (entry === undefined) return { words, level: {}, command: undefined, rest };
    if (typeof entry === "function") return { words, level, command: await entry(), rest };
    level = entry.commands;
  }
  return { words, level, command: undefined, rest: typed };
}

async function commandsOf({ level }: Place, current: string): Promise<readonly Candidate[]> {
  if (current.startsWith("-")) return optionsOf(GLOBAL_OPTIONS, new Set());
  const found: Candidate[] = [];
  for (const [value, entry] of Object.entries(level)) {
    // Each command is a file to load.
    if (!value.startsWith(current)) continue;
    const { hidden, summary } = typeof entry === "function" ? await entry() : entry;
    if (hidden !== true) found.push({ value, description: summary });
  }
  return found;
}

async function completeArgument(command: Command, place: Place, current: string): Promise<Completion> {
  const options: Options = { ...command.options, ...GLOBAL_OPTIONS };
  const given = givenArguments(place.rest, options);
  if (given.open !== undefined) return completeValue(given.open, given, current);
  const [, attached, start] = /^(--([a-z-]+)=)/.exec(current) ?? [];
  if (attached !== undefined && !given.isEnded) {
    const found = Object.entries(options).find(([key]) => optionName(key) === start);
    if (found === undefined || found[1].takes === "nothing") return NO_COMPLETION;
    const { candidates, kind } = await completeValue(found, given, current.slice(attached.length));
    // Shells do not find files behind the name of an option.
    if (kind === "files") return NO_COMPLETION;
    return {
      kind,
      candidates: candidates.map(({ description, value }) => ({ value: `${attached}${value}`, description })),
    };
  }
  if (current.startsWith("-") && !given.isEnded)
    return { kind: "words", candidates: optionsOf(options, given.keys) };
  if (given.positionals > 0) return NO_COMPLETION;
  const name = place.words.join(" ");
  const source = name in ARGUMENTS ? ARGUMENTS[name] : ARGUMENTS[place.words[0] ?? ""];
  return source === undefined || Object.keys(command.positionals).length === 0
    ? NO_COMPLETION
    : namesOf(source, given);
}

interface Given {
  /** How many arguments without a name. */
  readonly positionals: number;
  /** Options that need not be offered again. */
  readonly keys: ReadonlySet<string>;
  /** The option whose value is next. */
  readonly open: OptionEntry | undefined;
  /** Behind `--`. */
  readonly isEnded: boolean;
  /** The node that the command is about, if it was said. */
  readonly node: string | undefined;
}

function givenArguments(typed: readonly string[], options: Options): Given {
  const tokens = tokenize(typed, options);
  const byName = new Map(
    Object.entries(options).flatMap(([key, option]) =>
      [optionName(key), ...(option.aliases ?? [])].map((name) => [name, { key, option }] as const),
    ),
  );
  const keys = new Set<string>();
  let open: OptionEntry | undefined;
  let node: string | undefined;
  for (const token of tokens) {
    open = undefined;
    const found = token.kind === "option" ? byName.get(token.name) : undefined;
    if (token.kind !== "option" || found === undefined) continue;
    if (found.option.takes !== "values") keys.add(found.key);
    if (found.option.takes !== "nothing" && token.value === undefined) open = [found.key, found.option];
    if (found.option.value === "NODE" && token.value !== undefined) node = nodeIn(token.value) ?? node;
  }
  return {
    positionals: tokens.filter(({ kind }) => kind === "positional").length,
    isEnded: tokens.some(({ kind }) => kind === "option-terminator"),
    keys,
    open,
    node,
  };
}

function nodeIn(typed: string): string | undefined {
  try {
    return parseNodeReference(typed);
  } catch {
    return undefined;
  }
}

function optionsOf(options: Options, without: ReadonlySet<string>): readonly Candidate[] {
  return Object.entries(options)
    .filter(([key, option]) => option.hidden !== true && option.deprecated === undefined && !without.has(key))
    .map(([key, option]) => ({ value: `--${optionName(key)}`, description: option.summary }));
}

async function completeValue([key, option]: OptionEntry, given: Given, current: string): Promise<Completion> {
  const { value } = option;
  // `drop|error`: the words themselves.
  if (/^[a-z-]+(\|[a-z-]+)+$/.test(value)) return namesOf(oneOf(...value.split("|")), given);
  const source = VALUES_BY_KEY[key] ?? VALUES[value.split("|")[0] ?? ""];
  if (option.route === true && (current.startsWith("/") || source === undefined)) {
    using state = await openForLook();
    return await completeRoute(current === "" ? "/" : current, { state, node: given.node });
  }
  if (value === "NODE" && current.startsWith("/")) return namesOf(nodeReferences, given);
  return source === undefined ? NO_COMPLETION : namesOf(source, given);
}

async function namesOf(source: ValueSource, { node }: Given): Promise<Completion> {
  if (source === "files") return { kind: "files", candidates: [] };
  using state = await openForLook();
  return { kind: "words", candidates: await source({ state, node }) };
}

const nodeReferences: NameSource = async (around) =>
  (await nodes(around)).map(({ description, value }) => ({ value: `/node/${value}`, description }));

/** The code of the state is loaded for names alone: most completions are commands and options. */
async function openForLook(): Promise<State | undefined> {
  const { peekState } = await import("@ockam/node/state");
  return peekState();
}

function oneOf(...values: readonly string[]): NameSource {
  return () => values.map((value) => ({ value, description: "" }));
}
