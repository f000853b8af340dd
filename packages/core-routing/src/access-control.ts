// Who may send what where. docs/protocol/routing.md, "Access control".
import type { Address } from "./address.ts";
import type { Message } from "./message.ts";

/**
 * A check of messages, at the mailbox that they leave (`outgoing`) or that they arrive at (`incoming`). A refused
 * message is logged and dropped; its sender is not told. A check that throws refuses.
 */
export interface AccessControl {
  /**
   * Whether `message` may pass. `message.source` is the mailbox that it came from and `message.onwardRoute[0]` the one
   * that it goes to. Messages of a mailbox keep their order also when this waits.
   */
  isAuthorized(message: Message): boolean | Promise<boolean>;
}

/** Lets every message pass: the default of a worker. */
export const allowAll: AccessControl = { isAuthorized: () => true };

/** Lets no message pass. */
export const denyAll: AccessControl = { isAuthorized: () => false };

/** For incoming messages: lets those pass that were sent from one of `addresses`, by the word of the router. */
export function fromAddresses(...addresses: readonly Address[]): AccessControl {
  const keys = new Set(addresses.map((address) => address.key));
  return { isAuthorized: ({ source }) => source !== undefined && keys.has(source.key) };
}

/** For outgoing messages: lets those pass whose next hop is one of `addresses`. Later hops are not looked at. */
export function toAddresses(...addresses: readonly Address[]): AccessControl {
  const keys = new Set(addresses.map((address) => address.key));
  return {
    isAuthorized: ({ onwardRoute: [next] }) => next !== undefined && keys.has(next.key),
  };
}

/** Lets those messages pass that every check lets pass; asked in order, until one refuses. */
export function allOf(...checks: readonly AccessControl[]): AccessControl {
  return { isAuthorized: (message) => combine(checks, message, false, 0) };
}

/** Lets those messages pass that one of the checks lets pass; asked in order, until one does. */
export function anyOf(...checks: readonly AccessControl[]): AccessControl {
  return { isAuthorized: (message) => combine(checks, message, true, 0) };
}

/** Asks from `start` on until one answers `decisive`; waits only where a check does. */
function combine(
  checks: readonly AccessControl[],
  message: Message,
  decisive: boolean,
  start: number,
): boolean | Promise<boolean> {
  for (let i = start; i < checks.length; i++) {
    const answer = checks[i]!.isAuthorized(message);
    if (typeof answer !== "boolean") {
      return answer.then((late) =>
        late === decisive ? decisive : combine(checks, message, decisive, i + 1),
      );
    }
    if (answer === decisive) return decisive;
  }
  return !decisive;
}
