// The owner's side of one registration. docs/protocol/relays.md, "The owner".
import { encodeBareString } from "@ockam/codec";
import { Address, denyAll, formatRoute, LOCAL_TRANSPORT } from "@ockam/core-routing";
import type { Context, FlowControlId, Message, Route, Router } from "@ockam/core-routing";

import { nodeError } from "../node-error.ts";
import { RANDOM_NAME, readRefusal, readRelayText, STATIC_RELAY_SERVICE } from "./relay-registration.ts";

/** Options of {@link registerRelay}. */
export interface RelayRegistrationOptions {
  /** The way to the node that hosts the relay. */
  readonly route: Route;
  /** The name to ask for. */
  readonly name: string;
  /** How long to wait for the answer, ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A relay that is registered. */
export interface RegisteredRelay {
  /** The worker that registered it. */
  readonly address: Address;
  /** The relay's address over there. */
  readonly remoteAddress: Address;
  /** The way to the relay. */
  readonly route: Route;
  /** Of what comes through the relay. */
  readonly flowControlId: FlowControlId;
  /** Resolves when the relay node has ended the relay, and says why. */
  readonly ended: Promise<Error>;
  /** Registers it again, by the same way: another registration of this node's own may have been read after it. */
  renew(): void;
  /** Stops the worker. The relay itself ends with the connection. */
  close(): Promise<void>;
}

/**
 * Registers a relay.
 * @throws OckamError OCKAM_NODE_RELAY_REFUSED, OCKAM_NODE_UNANSWERED, OCKAM_NODE_INVALID_ROUTE, or the signal's reason
 */
export async function registerRelay(
  router: Router,
  { name, route, signal, timeout }: RelayRegistrationOptions,
): Promise<RegisteredRelay> {
  let relay: Route | undefined;
  let resolve: (relay: Route) => void = ignore;
  let reject: (reason: unknown) => void = ignore;
  const answer = new Promise<Route>((onAnswer, onFailure) => {
    resolve = onAnswer;
    reject = onFailure;
  });
  // Nobody waits for it when the signal is aborted already.
  answer.catch(ignore);
  let end: (reason: Error) => void = ignore;
  const ended = new Promise<Error>((onEnd) => {
    end = onEnd;
  });
  const address = Address.random();
  const internal = Address.random();
  const flowControlId = router.flowControls.producerOf(route[0]!)?.flowControlId;
  if (flowControlId === undefined)
    throw nodeError("INVALID_ROUTE", "a relay needs a way to another node; begin with a connection to it");
  const worker = {
    handleMessage: (message: Message, context: Context): void | Promise<void> => {
      const rest = message.onwardRoute.slice(1);
      if (rest.length > 0) return forward(message, rest, context, internal);
      const { payload, returnRoute } = message;
      const refusal = readRefusal(payload);
      if (refusal !== undefined) {
        const reason = refused(name, refusal);
        // Strangers who reach the relay may reach this worker through it, but come from further away.
        if (relay === undefined) reject(reason);
        else if (formatRoute(returnRoute) === formatRoute(relay)) end(reason);
        return undefined;
      }
      // Anything else says nothing about this registration, and after the first answer nothing else counts.
      if (relay === undefined && isConfirmation(message, name)) {
        relay = returnRoute;
        resolve(returnRoute);
      }
      return undefined;
    },
    shutdown: () => reject(nodeError("CLOSED", "the node was closed")),
  };
  const context = router.start(worker, {
    address,
    additional: [
      {
        address: internal,
        incoming: denyAll,
        outgoing: router.flowControls.accessControl(flowControlId),
      },
    ],
  });
  router.flowControls.addConsumer(address, flowControlId);
  router.flowControls.addProducer(internal, flowControlId);
  const timer = setTimeout(() => reject(unanswered()), timeout);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const register = (): void | Promise<void> =>
      context.send([...route, Address.local(STATIC_RELAY_SERVICE)], encodeBareString(name));
    void register()?.catch((error: unknown) => reject(error));
    const way = await answer;
    return {
      address,
      remoteAddress: way.at(-1)!,
      route: way,
      flowControlId,
      ended,
      renew: () => renew(register),
      close: () => context.stop(),
    };
  } catch (error) {
    await context.stop();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * For relay nodes that leave this worker's address in the way. It goes on as if it had come without: to what the
 * connection's messages may reach.
 */
function forward(message: Message, rest: Route, context: Context, from: Address): void | Promise<void> {
  // It would come back here for ever.
  if (rest[0]!.equals(context.address)) return undefined;
  return context.forward(message.rerouted(rest, message.returnRoute), { from });
}

/** A way that is gone or congested shows elsewhere. */
function renew(register: () => void | Promise<void>): void {
  try {
    register()?.catch(ignore);
  } catch {
    // The same.
  }
}

function ignore(): void {}

function isConfirmation(message: Message, name: string): boolean {
  const confirmed = readRelayText(message.payload);
  const isNamed = name === RANDOM_NAME || confirmed?.endsWith(name) === true;
  return isNamed && confirmed !== undefined && message.returnRoute.at(-1)?.type === LOCAL_TRANSPORT;
}

function refused(name: string, reason: string): Error {
  return nodeError(
    "RELAY_REFUSED",
    `the relay ${name} was refused by the node that should host it: ${reason}`,
    {
      details: { name },
    },
  );
}

function unanswered(): Error {
  return nodeError(
    "UNANSWERED",
    `nobody answered at /service/${STATIC_RELAY_SERVICE}: that node hosts no relays, or none for this node`,
  );
}
