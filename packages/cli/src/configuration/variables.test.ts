import { describe, expect, test } from "vitest";

import { isSecretName, MAX_EXPANDED_LENGTH, Variables, type VariableSources } from "./variables.ts";

function expand(text: string, sources: Partial<Record<keyof VariableSources, Record<string, string>>> = {}) {
  const variables = new Variables({
    given: new Map(Object.entries(sources.given ?? {})),
    environment: sources.environment ?? {},
    file: new Map(Object.entries(sources.file ?? {})),
  });
  return variables.expand(scalar(text));
}

function scalar(text: string) {
  return { kind: "scalar", text, plain: true, place: { source: "node.yaml", line: 3, column: 7 } } as const;
}

describe("expansion", () => {
  test.each([
    ["127.0.0.1:$PORT", "127.0.0.1:5432"],
    ["${PORT}0", "54320"],
    ["$PORT$PORT", "54325432"],
    ["${NO:-a b}", "a b"],
    ["${NO:-}", ""],
    ["${PORT:-1}", "5432"],
    // As in Rust's command, an empty value is a value.
    ["x${EMPTY:-1}", "x"],
    ["pa$$word $$PORT", "pa$word $PORT"],
    ["5$ and $-", "5$ and $-"],
    ["$NESTED", "$PORT: {a: b}"],
  ])("%j → %j", (text, expected) => {
    const file = { PORT: "5432", EMPTY: "", NESTED: "$PORT: {a: b}" };
    expect(expand(text, { file })).toEqual({ text: expected, secrets: [] });
  });

  test("--variable counts before the environment, and that before the file", () => {
    const sources = {
      given: { A: "given" },
      environment: { A: "env", B: "env" },
      file: { A: "f", B: "f", C: "f" },
    };
    expect(expand("$A $B $C", sources).text).toBe("given env f");
  });

  test("tells what is secret by the names of the variables", () => {
    expect(expand("x$DB_PASSWORD", { file: { DB_PASSWORD: "1" } }).secrets).toEqual(["1"]);
    expect(expand("x$DB_HOST", { file: { DB_HOST: "1" } }).secrets).toEqual([]);
    expect(["ENROLLMENT_TICKET", "authentication-token", "apiKey"].every(isSecretName)).toBe(true);
  });
});

describe("errors", () => {
  test.each([
    ["$PROT", "node.yaml:3:7: there is no variable PROT", "did you mean PORT?"],
    ["$OTHER_THING", "there is no variable OTHER_THING", /^give it with --variable OTHER_THING=VALUE/],
    ["${PORT", "the variable in '${…' has no end", /NAME:-default/],
    ["${}", "the variable in '${…' has no end", /NAME:-default/],
  ])("%j", (text, message, hint) => {
    let error: unknown;
    try {
      expand(text, { file: { PORT: "1" } });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      message: expect.stringContaining(message),
      details: { hint: expect.stringMatching(hint), line: 3, column: 7 },
    });
  });

  test("a short text that becomes a long one", () => {
    const environment = { A: "x".repeat(1024) };
    const most = MAX_EXPANDED_LENGTH / 1024;
    expect(() => expand("$A".repeat(most - 3), { environment })).not.toThrow();
    expect(() => expand("$A".repeat(most + 1), { environment })).toThrow("longer than 1 MiB");
  });
});
