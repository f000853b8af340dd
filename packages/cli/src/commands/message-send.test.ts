import { Readable } from "node:stream";

import { decodeBareString, encodeBareString, fromHex, toHex } from "@ockam/codec";
import { expect, test } from "vitest";

import { testTerminal } from "../../testing/test-terminal.ts";
import type { RunningNode } from "../node-access.ts";
import type { Terminal } from "../terminal.ts";
import { messageSend } from "./message-send.ts";

/** What a node is asked to send for these arguments; it answers with the same. */
async function sent(message: string, piped: readonly string[], hex = false): Promise<string> {
  let payload = "";
  const call = (_method: string, params: { readonly payload: string }): Promise<unknown> => {
    ({ payload } = params);
    return Promise.resolve({ payload });
  };
  const ownNode = { name: "n1", call } as unknown as RunningNode;
  const { terminal } = testTerminal({ stdin: Readable.from(piped) });
  const options = new Map([
    ["to", ["/service/echo"]],
    ["from", ["n1"]],
    ...(hex ? [["hex", [""]] as const] : []),
  ] as const);
  const atNode: Terminal = { ...terminal, ownNode };
  const result = await messageSend.read({ positionals: [message], options })(atNode);
  expect(result?.json()).toMatchObject({ payload });
  return hex ? payload : decodeBareString(fromHex(payload));
}

test("sends what was typed", async () => {
  expect(await sent("hello", ["not read"])).toBe("hello");
  expect(await sent("--", [])).toBe("--");
});

test("- sends standard input, without the newline at its end", async () => {
  expect(await sent("-", ["hel", "lo\nworld\n"])).toBe("hello\nworld");
  expect(await sent("-", ["hello\r\n"])).toBe("hello");
  expect(await sent("-", ["hello\n\n"])).toBe("hello\n");
  expect(await sent("-", [])).toBe("");
});

test("with --hex both are hex", async () => {
  expect(await sent("68656c6c6f", [], true)).toBe("68656c6c6f");
  expect(await sent("-", ["68656c6c6f\n"], true)).toBe(toHex(encodeBareString("hello")).slice(2));
});
