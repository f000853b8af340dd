// The worker at the well-known address `echo`.
import type { Worker } from "./worker.ts";

/** Answers each message with its own payload, whatever that is. */
export function echoWorker(): Worker {
  return { concurrent: true, handleMessage: (message, context) => context.reply(message, message.pieces) };
}
