import { decodeBareString, encodeBareString, fromHex, toHex } from "@ockam/codec";

import { defineCommand, type Command } from "../command.ts";
import { nullable, object, string } from "../json-shape.ts";
import { withMessenger } from "../messenger.ts";
import { parseNodeReference } from "../node-reference.ts";
import { duration, flag, parsed, required, requiredArgument, text } from "../option.ts";
import { plainResult } from "../result.ts";
import { retried, RETRY_OPTIONS } from "../retry.ts";
import type { Terminal } from "../terminal.ts";
import { readSource } from "../text-source.ts";
import { readTrustOptions, TRUST_OPTIONS } from "../trust-options.ts";
import { usageError } from "../usage-error.ts";

const REPLY_TIMEOUT = 10_000;

export const messageSend: Command = defineCommand({
  summary: "Send a message along a route and print the reply",
  description:
    "With --hex the bytes go out as they are, without the encoding of text: echo answers them, uppercase does not.",
  examples: [
    "message send hello --to /node/n1/service/uppercase",
    "message send hello --from n1 --to /node/n2/secure/api/service/echo",
    "message send 68656c6c6f --hex --to /node/n1/service/echo",
  ],
  json: object({
    text: nullable(string(), "null when the reply is none"),
    payload: string("the reply in hex"),
  }),
  pipe: "the reply",
  positionals: { message: requiredArgument("What to send: text, or hex with --hex; - for standard input") },
  options: {
    to: required(text("ROUTE", "Where to, like /node/n1/service/uppercase", { short: "t", route: true })),
    from: parsed("NODE", "The node that sends; without it this process does", parseNodeReference, {
      short: "f",
    }),
    hex: flag("The message and the reply are hex of raw bytes"),
    timeout: duration("How long to wait for the reply", { fallback: "10s" }),
    identity: text("IDENTITY", "The identity for /secure/… in the route", { fallback: "that of the node" }),
    ...TRUST_OPTIONS,
    ...RETRY_OPTIONS,
  },
  async run({ message: typed, to, from, hex, timeout = REPLY_TIMEOUT, identity, ...others }, terminal) {
    const trust = readTrustOptions(others);
    if (trust !== undefined && from !== undefined)
      throw usageError(
        "trust options are for messages of this process",
        "leave out --from, or start that node with them",
      );
    const message = typed === "-" ? await readMessage(terminal) : typed;
    const payload = hex ? readHex(message) : encodeBareString(message);
    const reply = await retried(others, terminal, () =>
      withMessenger({ from, identity, trust, terminal }, (node) =>
        node.call(
          "message.send",
          { to, payload: toHex(payload), timeout, ...(identity === undefined ? {} : { identity }) },
          { timeout },
        ),
      ),
    );
    const words = hex ? undefined : readText(fromHex(reply.payload));
    return plainResult({ payload: reply.payload, text: words ?? null }, () => words ?? reply.payload);
  },
});

/** Standard input without the newline at its end, which most programs write. */
async function readMessage(terminal: Terminal): Promise<string> {
  const { text: written } = await readSource("-", terminal.source("the message"));
  return written.replace(/\r?\n$/, "");
}

function readHex(message: string): Uint8Array {
  try {
    return fromHex(message);
  } catch {
    throw usageError(`the message '${message}' is not hex`, "leave out --hex to send text");
  }
}

/** The reply as text; undefined when it is something else. */
function readText(payload: Uint8Array): string | undefined {
  try {
    return decodeBareString(payload);
  } catch {
    return undefined;
  }
}
