import { describe, expect, test } from "vitest";

import {
  emptyResult,
  formatJson,
  plainResult,
  presentResult,
  type Presentation,
  type Result,
} from "./result.ts";
import { createStyle } from "./style.ts";

const pipe: Presentation = {
  json: false,
  compact: false,
  jq: undefined,
  stdoutIsTty: false,
  style: createStyle(false),
};
const terminal: Presentation = { ...pipe, stdoutIsTty: true };
const result: Result = {
  json: () => ({ name: "n1", address: { b: 1, a: [2] } }),
  machine: "n1",
  plain: (style) => style.success(`Created ${style.name("n1")}`),
};
const { machine: _, ...withoutMachine } = result;

describe("which form is printed", () => {
  test("at a terminal, for people", async () => {
    expect(await presentResult(result, terminal)).toBe("  ✔ Created n1");
    expect(await presentResult(result, { ...terminal, style: createStyle(true) })).toBe(
      "\u001b[38;2;168;201;125m  ✔ \u001b[0mCreated \u001b[38;2;79;218;184mn1\u001b[0m",
    );
  });

  test("in a pipe, for the next command, else JSON", async () => {
    expect(await presentResult(result, pipe)).toBe("n1");
    expect(await presentResult(withoutMachine, pipe)).toBe(formatJson(result.json()));
  });

  test("JSON when it is asked for", async () => {
    const indented = '{\n  "address": {\n    "a": [\n      2\n    ],\n    "b": 1\n  },\n  "name": "n1"\n}';
    for (const how of [pipe, terminal]) {
      expect(await presentResult(result, { ...how, json: true })).toBe(indented);
      expect(await presentResult(result, { ...how, compact: true })).toBe(
        '{"address":{"a":[2],"b":1},"name":"n1"}',
      );
    }
  });
});

test("JSON has colours at a terminal, and never in a pipe", async () => {
  const style = createStyle(true);
  for (const form of [{ json: true }, { compact: true }, { jq: "." }]) {
    expect(await presentResult(result, { ...terminal, ...form, style })).toContain("\u001b[");
    expect(await presentResult(result, { ...pipe, ...form, style })).not.toContain("\u001b[");
  }
});

describe("jq", () => {
  test("each result in JSON", async () => {
    expect(await presentResult(result, { ...pipe, jq: ".name" })).toBe('"n1"');
    expect(await presentResult(result, { ...pipe, jq: ".name, .address.b" })).toBe('"n1"\n1');
    expect(await presentResult(result, { ...pipe, jq: ".address", compact: true })).toBe('{"a":[2],"b":1}');
    expect(await presentResult(result, { ...pipe, jq: "empty" })).toBe("");
  });

  test.each([".name[", ".name.x"])("%s fails", async (jq) => {
    await expect(presentResult(result, { ...pipe, jq })).rejects.toMatchObject({
      code: "OCKAM_CLI_JQ_FAILED",
    });
  });
});

test("a result that looks the same everywhere", async () => {
  const same = plainResult({ name: "n1" }, (style) => style.row(style.name("n1")));
  expect(await presentResult(same, pipe)).toBe("  │ n1");
  expect(await presentResult(same, terminal)).toBe("  │ n1");
  expect(await presentResult(same, { ...pipe, compact: true })).toBe('{"name":"n1"}');
});

test("an empty set", async () => {
  expect(await presentResult(emptyResult("There are no nodes"), pipe)).toBe("[]");
  expect(await presentResult(emptyResult("There are no nodes"), terminal)).toBe("  > There are no nodes");
});

test("nothing is null in JSON", () => {
  expect(formatJson(undefined)).toBe("null");
});
