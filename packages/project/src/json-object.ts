/** Makes the error for a key, or for the whole. */
export type Complain = (key: string | undefined, what: string, cause?: unknown) => Error;

/** A JSON object whose keys are read one by one; whatever is wrong is reported with the key. */
export class JsonObject {
  readonly #values: object;
  readonly #complain: Complain;

  private constructor(values: object, complain: Complain) {
    this.#values = values;
    this.#complain = complain;
  }

  /** Parses text that must hold an object. `complain` makes the errors that are thrown. */
  static parse(json: string, complain: Complain): JsonObject {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      // Its message quotes the text, which may hold a secret.
      throw complain(undefined, "is not JSON");
    }
    return JsonObject.#of(value, undefined, complain);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  /** The text under a key that must be there. */
  text(key: string): string {
    const value = this.#get(key);
    if (value === undefined || value === null) throw this.#complain(key, "is missing");
    if (typeof value !== "string") throw this.#complain(key, "is not text");
    return value;
  }

  /** The text under a key; undefined when it is absent or null. */
  optionalText(key: string): string | undefined {
    const value = this.#get(key);
    return value === undefined || value === null ? undefined : this.text(key);
  }

  /** The object under a key that must be there, whose errors `complain` makes. */
  object(key: string, complain: Complain = this.#complain): JsonObject {
    return JsonObject.#of(this.#get(key), key, complain);
  }

  static #of(value: unknown, key: string | undefined, complain: Complain): JsonObject {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw complain(key, "is not a JSON object");
    }
    return new JsonObject(value, complain);
  }

  #get(key: string): unknown {
    return Object.getOwnPropertyDescriptor(this.#values, key)?.value;
  }
}
