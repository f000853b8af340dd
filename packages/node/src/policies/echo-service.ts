// The `echo` worker, which session monitors of all peers ping. docs/protocol/policies.md, "Policies of a node".
import type { Context, Message, Worker } from "@ockam/core-routing";

import { ECHO_DENIAL } from "./echo-denial.ts";
import type { ResourceGuard } from "./policies.ts";

/** Answers those whom the policy allows with their own payload, and others with {@link ECHO_DENIAL} in front of it. */
export function guardedEchoWorker(guard: ResourceGuard): Worker {
  return { concurrent: true, handleMessage: (message, context) => answer(message, context, guard) };
}

function answer(message: Message, context: Context, guard: ResourceGuard): void | Promise<void> {
  const isAllowed = guard.incoming.isAuthorized(message);
  if (typeof isAllowed === "boolean") return reply(message, context, isAllowed);
  return isAllowed.then((late) => reply(message, context, late));
}

function reply(message: Message, context: Context, isAllowed: boolean): void | Promise<void> {
  return context.reply(message, isAllowed ? message.pieces : [ECHO_DENIAL, ...message.pieces]);
}
