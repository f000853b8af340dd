import { optionName, type GivenArguments } from "./command.ts";
import { count, flag, parsed, text, texts, type Option } from "./option.ts";
import { usageError } from "./usage-error.ts";

/** The options that every command takes. */
export interface GlobalOptions {
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

const DECLARATIONS: { readonly [K in keyof GlobalOptions]: Option<GlobalOptions[K]> } = {
  help: flag("Show what the command does and takes", { short: "h" }),
  quiet: flag("Print nothing but results and errors, and never ask (also QUIET=true)", { short: "q" }),
  verbose: count("Say more on standard error: -v what happens, -vvv every detail", { short: "v" }),
  noColor: flag("No colours (also NO_COLOR, any value)"),
  noInput: flag("Never ask (also NO_INPUT=true)"),
  output: parsed("FORMAT", "plain or json", parseFormat),
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
 * Reads them. The variables of `--env` are set in `env`.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function readGlobalOptions(given: GivenArguments, env: NodeJS.ProcessEnv): GlobalOptions {
  const read = <K extends keyof GlobalOptions>(key: K): GlobalOptions[K] =>
    DECLARATIONS[key].read(given.options.get(key) ?? [], optionName(key));
  for (const variable of given.options.get("env") ?? []) {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(variable) ?? [];
    if (name === undefined) throw usageError(`'${variable}' is not a variable`, "--env NAME=VALUE");
    env[name] = value;
  }
  return {
    help: read("help"),
    quiet: read("quiet"),
    verbose: read("verbose"),
    noColor: read("noColor"),
    noInput: read("noInput"),
    output: read("output"),
    jq: read("jq"),
    compactOutput: read("compactOutput"),
    testArgumentParser: read("testArgumentParser"),
  };
}

/** Whether a switch in the environment is on: `true`, `1`, `yes`, `on` in any case. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && ["true", "1", "yes", "on"].includes(value.toLowerCase());
}

function parseFormat(typed: string): "plain" | "json" {
  if (typed === "plain" || typed === "json") return typed;
  throw usageError(`'${typed}' is not an output format`, "--output plain or --output json");
}
