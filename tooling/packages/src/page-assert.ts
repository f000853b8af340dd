/**
 * What the examples take of `node:assert/strict`, for a page. Values are compared as the JSON of their parts, in which bytes are
 * objects and big integers are texts.
 */
const assert = {
  ok(value: unknown): void {
    if (!value) throw new Error(`expected something true, got ${String(value)}`);
  },
  equal(actual: unknown, expected: unknown): void {
    if (!Object.is(actual, expected)) throw new Error(`expected ${String(expected)}, got ${String(actual)}`);
  },
  deepEqual(actual: unknown, expected: unknown): void {
    assert.equal(parts(actual), parts(expected));
  },
  match(text: string, pattern: RegExp): void {
    if (!pattern.test(text)) throw new Error(`expected ${String(pattern)}, got ${text}`);
  },
  throws(action: () => unknown, expected: Expected): void {
    try {
      action();
    } catch (error) {
      return expectError(error, expected);
    }
    throw new Error("expected an error");
  },
  async rejects(promise: Promise<unknown>, expected: Expected): Promise<void> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expectError(error, expected);
  },
};

/** Properties of an error, or patterns for them. */
type Expected = Readonly<Record<string, unknown>>;

function expectError(error: unknown, expected: Expected): void {
  if (!(error instanceof Error)) throw new Error(`expected an error, got ${String(error)}`);
  for (const [key, wanted] of Object.entries(expected)) {
    const actual: unknown = Reflect.get(error, key);
    if (wanted instanceof RegExp) assert.ok(wanted.test(String(actual)));
    else assert.deepEqual(actual, wanted);
  }
}

function parts(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}

export { assert as default }; // oxlint-disable-line import/no-default-export -- as `node:assert` has it
