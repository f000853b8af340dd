import { flag } from "../option.ts";
import { expectScalar, kebab, readArguments } from "./command-arguments.ts";
import { commandOf } from "./command-of.ts";
import { nearest } from "../nearest.ts";
import type { Command } from "../command.ts";
import { expectMapping, isNothing } from "./opened-configuration.ts";
import { configurationError, type Place } from "./place.ts";
import type { PlannedCommand } from "./planned-command.ts";
import type { Variables } from "./variables.ts";
import type { Mapping, Value } from "./yaml-tree.ts";

const WORDS = ["secure-channel-listener", "create"] as const;
const LISTENER = "secure-channel-listener";
const DEFAULT_ADDRESS = "api";

/** The command that makes a secure channel listener, with the keys that a file has for it. */
export async function listenerCommand(): Promise<Command> {
  const command = (await commandOf(WORDS))!;
  const { authorized, identity } = command.options;
  return {
    ...command,
    options: {
      authorized: { ...authorized!, aliases: ["authorized-identifiers"] },
      identity: identity!,
      disabled: flag("Do without it"),
    },
  };
}

/**
 * Reads `services`.
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION
 */
export function readServices(
  value: Value,
  variables: Variables,
  listener: Command,
): readonly PlannedCommand[] {
  return entriesOf(value).flatMap(({ key, value: service }) => {
    const name = kebab(key.text);
    if (name === LISTENER) return readListener(service, variables, listener, key.place);
    if (name === "control-api") {
      const hint = "a node is managed by 'ockam' on its own machine: leave control-api out";
      throw configurationError(key.place, "there is no HTTP API to manage nodes from elsewhere", hint);
    }
    const guess = nearest(name, [LISTENER]);
    const hint = guess === undefined ? `there is: ${LISTENER}` : `did you mean ${guess}?`;
    throw configurationError(key.place, `services have no option ${key.text}`, hint);
  });
}

function readListener(
  value: Value,
  variables: Variables,
  command: Command,
  place: Place,
): readonly PlannedCommand[] {
  const entries = entriesOf(value);
  const address = entries.find(({ key }) => key.text === "address");
  const name = address === undefined ? implied(place) : expectScalar(address.value, "address");
  const { given, secretKeys, secrets } = readArguments({
    command,
    section: `${LISTENER}s`,
    entries: entries.filter((entry) => entry !== address),
    name,
    place,
    variables,
  });
  const { disabled, ...options } = command.options;
  if (disabled !== undefined && given.options.has("disabled")) {
    if (given.positionals[0] !== DEFAULT_ADDRESS) return [];
    throw configurationError(
      place,
      `every node has the listener ${DEFAULT_ADDRESS}`,
      "say who may use it instead",
    );
  }
  return [
    { words: WORDS, command: { ...command, options }, given, secretKeys, secrets, nodeOption: "at", place },
  ];
}

function implied(place: Place) {
  return { kind: "scalar", place, text: DEFAULT_ADDRESS, plain: true } as const;
}

function entriesOf(value: Value): Mapping["entries"] {
  return isNothing(value) ? [] : expectMapping(value).entries;
}
