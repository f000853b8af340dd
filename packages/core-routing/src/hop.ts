// The worker at the well-known address `hop`.
import type { Worker } from "./worker.ts";

/** Passes each message on to the next address of its onward route, and puts its own on the return route. */
export function hopWorker(): Worker {
  return {
    concurrent: true,
    handleMessage: (message, context) =>
      context.forward(
        message.rerouted(message.onwardRoute.slice(1), [context.address, ...message.returnRoute]),
      ),
  };
}
