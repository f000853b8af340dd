// The worker at the well-known address `uppercase`.
import { decodeBareString, encodeBareString } from "@ockam/codec";

import type { Worker } from "./worker.ts";

/**
 * Answers a BARE string with its upper-case form, by the full mapping of Unicode (`straße` becomes `STRASSE`). Anything
 * else is logged and gets no answer.
 */
export function uppercaseWorker(): Worker {
  return {
    concurrent: true,
    handleMessage: (message, context) =>
      context.reply(message, encodeBareString(decodeBareString(message.payload).toUpperCase())),
  };
}
