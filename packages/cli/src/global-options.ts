import { tokenize } from "./argument-parser.ts";
import { optionName, type GivenArguments } from "./command.ts";
import { choice, count, flag, text, texts, type Option } from "./option.ts";
import { usageError } from "./usage-error.ts";

/** What was given of the options that every command takes. */
interface GivenGlobalOptions {
  readonly help: boolean;
  readonly quiet: boolean;
  readonly verbose: number;
  readonly noColor: boolean;
  readonly noInput: boolean;
  readonly output: "plain" | "json" | undefined;
  readonly jq: string | undefined;
  readonly compactOutput: boolean;
  readonly testArgumentParser: boolean;
}

/** What these options and their variables in the environment say. */
export interface GlobalOptions extends Omit<GivenGlobalOptions, "output"> {
  /** `--output json`, or what implies it. */
  readonly json: boolean;
}

const DECLARATIONS: { readonly [K in keyof GivenGlobalOptions]: Option<GivenGlobalOptions[K]> } = {
  help: flag("Show what the command does and takes: -h in short, --help with examples", { short: "h" }),
  quiet: flag("Print nothing but results and errors, and never ask (also QUIET=true)", { short: "q" }),
  verbose: count("Say more on standard error: -v what happens, -vvv every detail", { short: "v" }),
  noColor: flag("No colours (also NO_COLOR, any value)"),
  noInput: flag("Never ask (also NO_INPUT=true)"),
  output: choice(["plain", "json"], "How results look"),
  jq: text("FILTER", "Print what this jq filter makes of the JSON"),
  compactOutput: flag("JSON on one line"),
  testArgumentParser: flag("Check the arguments and do nothing", { hidden: true }),
};

/** Their declarations, by key. */
export const GLOBAL_OPTIONS: Readonly<Record<string, Option<unknown>>> = {
  ...DECLARATIONS,
  pretty: flag("", { hidden: true, deprecated: "JSON is indented by default" }),
  env: texts("NAME=VALUE", "Set a variable of the environment", { hidden: true }),
};

/**
 * Reads them.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function readGlobalOptions(given: GivenArguments, env: NodeJS.ProcessEnv): GlobalOptions {
  const read = <K extends keyof GivenGlobalOptions>(key: K): GivenGlobalOptions[K] =>
    DECLARATIONS[key].read(given.options.get(key) ?? [], optionName(key));
  const [compactOutput, jq, output] = [read("compactOutput"), read("jq"), read("output")];
  return {
    help: read("help"),
    quiet: read("quiet") || isOn(env["QUIET"]),
    verbose: read("verbose"),
    noColor: read("noColor"),
    noInput: read("noInput") || isOn(env["NO_INPUT"]),
    json: output === "json" || jq !== undefined || compactOutput,
    jq,
    compactOutput,
    testArgumentParser: read("testArgumentParser"),
  };
}

/**
 * Sets the variables of `--env` in `env`, before anything else reads them.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function setVariables(argv: readonly string[], env: NodeJS.ProcessEnv): void {
  for (const token of tokenize(argv, GLOBAL_OPTIONS)) {
    if (token.kind !== "option" || token.name !== "env") continue;
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(token.value ?? "") ?? [];
    if (name === undefined) throw usageError(`'${token.value ?? ""}' is not a variable`, "--env NAME=VALUE");
    env[name] = value;
  }
}

/** What a command line says of how errors in it are to look. */
export interface FirstGlance {
  readonly json: boolean;
  readonly noColor: boolean;
  readonly verbose: boolean;
}

/** Reads that and no more, from a command line that may be wrong. */
export function firstGlance(argv: readonly string[]): FirstGlance {
  const given = new Map(
    tokenize(argv, GLOBAL_OPTIONS).flatMap((token) =>
      token.kind === "option" ? [[token.name, token.value] as const] : [],
    ),
  );
  return {
    json: given.get("output") === "json" || given.has("jq") || given.has("compact-output"),
    noColor: given.has("no-color"),
    verbose: given.has("verbose"),
  };
}

/** Whether a switch in the environment is on: `true`, `1`, `yes`, `on` in any case. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && ["true", "1", "yes", "on"].includes(value.toLowerCase());
}
