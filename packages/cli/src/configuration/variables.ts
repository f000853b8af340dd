import { nearest } from "../nearest.ts";
import { configurationError } from "./place.ts";
import type { Scalar } from "./yaml-tree.ts";

/** The most variables that a configuration or a command line may define. */
export const MAX_VARIABLES = 256;
/** The longest value of a variable, in UTF-16 units. */
export const MAX_VARIABLE_LENGTH = 65_536;
/** The most that all texts of a configuration together may become, in UTF-16 units. */
export const MAX_EXPANDED_LENGTH = 1_048_576;

// $$, ${NAME}, ${NAME:-default}, $NAME, or a `${` that is none of these.
const REFERENCE = /\$(?:(\$)|\{([A-Za-z_]\w*)(?::-([^}]*))?\}|([A-Za-z_]\w*)|(\{))/g;
const SECRET = /PASSWORD|PASSWD|TOKEN|TICKET|SECRET|CREDENTIAL|PRIVATE|API_?KEY|CONNECTION_URL/i;

/** Whether the value of a variable, or what an option takes, is likely to be a secret. It is not shown then. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}

/** A text without references, and the secrets that were put into it. */
export interface Expanded {
  readonly text: string;
  readonly secrets: readonly string[];
}

/** Where the values of variables come from, the first one that knows a name counts. */
export interface VariableSources {
  /** `--variable` */
  readonly given: ReadonlyMap<string, string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `variables:`; taken as they are written. */
  readonly file: ReadonlyMap<string, string>;
}

/**
 * Fills in `$NAME`, `${NAME}` and `${NAME:-default}`; `$$` is a dollar. A value is put into one scalar, and is never
 * read as YAML.
 */
export class Variables {
  readonly #sources: VariableSources;
  #length = 0;

  constructor(sources: VariableSources) {
    this.#sources = sources;
  }

  /** @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION: an undefined variable, or too much text */
  expand({ text, place }: Scalar): Expanded {
    const secrets: string[] = [];
    const expanded = text.replaceAll(
      REFERENCE,
      (whole: string, dollar?: string, braced?: string, fallback?: string, bare?: string) => {
        if (dollar !== undefined) return "$";
        const name = braced ?? bare;
        if (name === undefined) {
          throw configurationError(
            place,
            `the variable in '${whole}…' has no end`,
            "write ${NAME} or ${NAME:-default}",
          );
        }
        const value = this.#find(name) ?? fallback;
        if (value === undefined)
          throw configurationError(place, `there is no variable ${name}`, this.#hint(name));
        if (isSecretName(name)) secrets.push(value);
        // Counted while it grows: a short text may name a long value very often.
        this.#count(value.length, place);
        return value;
      },
    );
    this.#count(text.length, place);
    return { text: expanded, secrets };
  }

  #find(name: string): string | undefined {
    const { given, environment, file } = this.#sources;
    return given.get(name) ?? environment[name] ?? file.get(name);
  }

  #hint(name: string): string {
    const { given, file } = this.#sources;
    const guess = nearest(name, [...given.keys(), ...file.keys()]);
    if (guess !== undefined) return `did you mean ${guess}?`;
    return `give it with --variable ${name}=VALUE, in the environment or under 'variables'; a dollar is written $$`;
  }

  #count(length: number, place: Scalar["place"]): void {
    this.#length += length;
    if (this.#length <= MAX_EXPANDED_LENGTH) return;
    throw configurationError(place, "the variables make the configuration longer than 1 MiB");
  }
}
