// The relays of a node. docs/protocol/relays.md.
import { encodeBareString } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import { Address, MAX_ROUTE_LENGTH } from "@ockam/core-routing";
import type { Context, Message, Route, Router } from "@ockam/core-routing";
import { peerIdentifierOf } from "@ockam/portal-tcp";

import type { RelayAuthorization } from "../policies/relay-authorization.ts";
import { RelayLinks } from "./relay-links.ts";
import {
  isRelayName,
  RANDOM_NAME,
  readRelayText,
  RELAY_PREFIX,
  RELAY_SERVICE,
  STATIC_RELAY_SERVICE,
  writeRefusal,
} from "./relay-registration.ts";
import type { RelayRefusal } from "./relay-registration.ts";

/** How many relays a node has for all peers together. */
export const MAX_RELAYS = 4096;
/** How many it has for one peer: an identity, or a connection without one. */
export const MAX_RELAYS_PER_PEER = 256;
/** How many registrations of one relay are remembered besides the latest; the oldest one is forgotten first. */
export const MAX_EARLIER_REGISTRATIONS = 16;

/** Options of {@link startRelayService}. */
export interface RelayServiceOptions {
  readonly log: Log;
  /** Who may register which relay, and go on having it; everybody by default. */
  readonly authorization?: RelayAuthorization;
  /** Resolves when a way out of the node is gone; undefined for an address that is none. */
  closedOf(way: Address): Promise<unknown> | undefined;
  /** Closes a way out of the node: the relays of its owner ended against the owner's will. */
  closeWay?(way: Address): void;
  /** The service, or a relay, is at this address from now on. */
  onStart(address: Address): void;
  /** A relay is not there any more. */
  onStop(address: Address): void;
}

/** Who registered a relay, as far as this node can tell. */
interface Owner {
  /** The identity behind the secure channel, 64 hex digits; undefined without a channel. */
  readonly identifier: string | undefined;
  readonly isLoopback: boolean;
  /** The first hop on the way to the owner: a connection or a channel. */
  readonly way: Address;
}

/** What a relay has done so far. */
export interface HostedRelay {
  readonly address: Address;
  /** Whose it is, 64 hex digits; undefined for whoever came without a secure channel. */
  readonly owner: string | undefined;
  /** When it was registered first, ms since 1970. */
  readonly since: number;
  /** Messages that it passed on, and the bytes of their payloads. */
  readonly messages: number;
  readonly bytes: number;
}

interface Registration {
  readonly owner: Owner;
  /** The name as it was asked for. */
  readonly requested: string;
  /** The way to the worker that registered it. */
  readonly returnRoute: Route;
  /** The way to the owner's node: what goes through the relay is put after it. */
  readonly route: Route;
}

interface Relay {
  readonly context: Context;
  /** Where it leads. */
  registration: Registration;
  /**
   * Those before whose ways are still open, the latest last. An owner that registers over several connections keeps one of
   * them, and which one is not always the one whose registration was read last.
   */
  earlier: readonly Registration[];
  readonly since: number;
  messages: number;
  bytes: number;
}

/**
 * Starts the service at its two addresses; relays begin at once.
 * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE
 */
export function startRelayService(router: Router, options: RelayServiceOptions): RelayService {
  return new RelayService(router, options);
}

/** Registers relays for those who ask, and takes them down when their owners are gone. */
export class RelayService {
  readonly #router: Router;
  readonly #options: RelayServiceOptions;
  readonly #links: RelayLinks;
  /** By the key of their address. */
  readonly #relays = new Map<string, Relay>();
  /** The relays of each peer, by the key of their address. */
  readonly #byPeer = new Map<string, Set<string>>();
  /** The ways whose end is waited for. */
  readonly #watched = new Set<string>();

  constructor(router: Router, options: RelayServiceOptions) {
    this.#router = router;
    this.#options = options;
    this.#links = new RelayLinks(router, (way) => options.closedOf(way));
    const alias = Address.local(STATIC_RELAY_SERVICE);
    const { address } = router.start(
      { concurrent: true, handleMessage: (message, context) => this.#handle(message, context) },
      { address: RELAY_SERVICE, additional: [{ address: alias }] },
    );
    options.onStart(address);
    options.onStart(alias);
    options.authorization?.onChange((identifier) => {
      // Later than what was decided before the change: its relay is there by then.
      setImmediate(() => void this.#decideAgain(identifier));
    });
  }

  /** How many relays there are. */
  get size(): number {
    return this.#relays.size;
  }

  /** The relays as they are now. */
  list(): readonly HostedRelay[] {
    return Array.from(this.#relays.values(), ({ bytes, context, messages, registration, since }) => ({
      address: context.address,
      owner: registration.owner.identifier,
      since,
      messages,
      bytes,
    }));
  }

  #handle(message: Message, context: Context): void | Promise<void> {
    const owner = this.#ownerOf(message);
    // Nobody can be told.
    if (owner === undefined) return this.#report("a registration that comes from no other node was dropped");
    const isAuthorized = this.#isAuthorized(message, owner);
    if (isAuthorized === true) return this.#answer(message, context, this.#register(message, owner));
    return isAuthorized.then((late) =>
      this.#answer(message, context, late ? this.#register(message, owner) : "not-authorized"),
    );
  }

  #answer(message: Message, context: Context, outcome: Relay | RelayRefusal): void | Promise<void> {
    if (typeof outcome !== "string") return confirm(outcome, message.returnRoute);
    this.#report(`a registration was refused: ${outcome}`);
    return context.reply(message, writeRefusal(outcome));
  }

  #register(message: Message, owner: Owner): Relay | RelayRefusal {
    const requested = readRelayText(message.payload);
    const name = requested === RANDOM_NAME ? Address.random().name : requested;
    if (requested === undefined || name === undefined || !isRelayName(name)) return "invalid-name";
    const address = Address.local(RELAY_PREFIX + name);
    const known = this.#relays.get(address.key);
    // Whatever else is at the address stays.
    if (known === undefined && this.#router.has(address)) return "name-taken";
    if (known !== undefined && !mayReplace(known.registration.owner, owner)) return "name-taken";
    if (!this.#hasRoom(owner, known)) return "too-many-relays";
    if (!this.#watch(owner.way)) return "no-way-back";
    const { returnRoute } = message;
    const registration = { owner, requested, returnRoute, route: returnRoute.slice(0, -1) };
    if (known === undefined) return this.#start(address, registration);
    const others = registrationsOf(known).filter((other) => !other.owner.way.equals(owner.way));
    known.earlier = others.slice(-MAX_EARLIER_REGISTRATIONS);
    this.#lead(known, registration);
    return known;
  }

  /** From now on the relay leads there. */
  #lead(relay: Relay, registration: Registration): void {
    this.#disown(relay);
    relay.registration = registration;
    this.#adopt(relay);
  }

  /**
   * Who asks. Undefined unless the way back leaves this node at once and ends in a worker over there. Without that worker
   * the relay would lead to this node itself, past everything that keeps peers from its workers.
   */
  #ownerOf(message: Message): Owner | undefined {
    const [way] = message.returnRoute;
    const terminal = way === undefined ? undefined : this.#router.mailbox(way)?.terminal;
    if (way === undefined || terminal === undefined || message.returnRoute.length < 2) return undefined;
    return {
      identifier: peerIdentifierOf(message),
      isLoopback: terminal.loopback === true,
      way,
    };
  }

  /** By what was asked for: "register" is a name of its own here. */
  #isAuthorized({ payload }: Message, { identifier }: Owner): true | Promise<boolean> {
    const { authorization } = this.#options;
    return authorization === undefined || authorization.allows(identifier, readRelayText(payload) ?? "");
  }

  /** Ends the relays of those who may not have them any more, and tells them. */
  async #decideAgain(identifier: string | undefined): Promise<void> {
    for (const relay of this.#relays.values()) {
      const { context } = relay;
      const { owner, requested } = relay.registration;
      if (identifier !== undefined && owner.identifier !== identifier) continue;
      if (
        context.stopped ||
        (await this.#options.authorization?.allows(owner.identifier, requested)) !== false
      )
        continue;
      // Somebody else has it by now.
      if (context.stopped) continue;
      this.#options.log({
        level: "info",
        area: "relay",
        message: `${context.address.name} ended: its owner may not have it any more`,
      });
      const registrations = registrationsOf(relay);
      for (const { returnRoute } of registrations) tellEnd(context, returnRoute);
      await context.stop();
      // What was opened through a relay goes past it, as long as the way to its owner is there.
      for (const { owner: known } of registrations)
        if (!this.#isInUse(known.way)) this.#options.closeWay?.(known.way);
    }
  }

  /** Whether a relay was registered by that way. */
  #isInUse(way: Address): boolean {
    return [...this.#relays.values()].some((relay) =>
      registrationsOf(relay).some(({ owner }) => owner.way.equals(way)),
    );
  }

  #hasRoom(owner: Owner, known: Relay | undefined): boolean {
    if (known === undefined && this.#relays.size >= MAX_RELAYS) return false;
    if (known !== undefined && peerOf(known.registration.owner) === peerOf(owner)) return true;
    return (this.#byPeer.get(peerOf(owner))?.size ?? 0) < MAX_RELAYS_PER_PEER;
  }

  #start(address: Address, registration: Registration): Relay {
    const context = this.#router.start(
      {
        concurrent: true,
        handleMessage: (message) => this.#forward(relay, message),
        shutdown: () => {
          this.#relays.delete(address.key);
          this.#disown(relay);
          this.#options.onStop(address);
        },
      },
      { address },
    );
    const relay: Relay = {
      context,
      registration,
      earlier: [],
      since: Date.now(),
      messages: 0,
      bytes: 0,
    };
    this.#relays.set(address.key, relay);
    this.#adopt(relay);
    this.#options.onStart(address);
    return relay;
  }

  #forward(relay: Relay, message: Message): void | Promise<void> {
    const { context, registration } = relay;
    const { owner, route } = registration;
    const rest = message.onwardRoute.slice(1);
    const [sender] = message.returnRoute;
    // For the node behind the relay, but for nobody there.
    if (rest.length === 0 || route.length + rest.length > MAX_ROUTE_LENGTH) return undefined;
    if (sender !== undefined && !this.#links.link(owner.way, sender))
      return this.#report(`a message to ${context.address.name} was dropped: there are too many senders`);
    relay.messages += 1;
    relay.bytes += message.payloadLength;
    return context.forward(message.rerouted([...route, ...rest], message.returnRoute));
  }

  /** Takes a way from the relays when it is gone; false when it is gone already. */
  #watch(way: Address): boolean {
    if (this.#watched.has(way.key)) return true;
    const closed = this.#options.closedOf(way);
    if (closed === undefined) return false;
    this.#watched.add(way.key);
    void closed.then(() => {
      this.#watched.delete(way.key);
      for (const relay of this.#relays.values()) this.#leave(relay, way);
    });
    return true;
  }

  /** A relay leads to the latest registration whose way is there, and ends with the last one. */
  #leave(relay: Relay, way: Address): void {
    const left = registrationsOf(relay).filter(({ owner }) => !owner.way.equals(way));
    const latest = left.at(-1);
    if (latest === undefined) return void relay.context.stop();
    relay.earlier = left.slice(0, -1);
    if (latest !== relay.registration) this.#lead(relay, latest);
  }

  #adopt({ context, registration }: Relay): void {
    const peer = peerOf(registration.owner);
    const relays = this.#byPeer.get(peer) ?? new Set();
    this.#byPeer.set(peer, relays.add(context.address.key));
  }

  #disown({ context, registration }: Relay): void {
    const peer = peerOf(registration.owner);
    const relays = this.#byPeer.get(peer);
    relays?.delete(context.address.key);
    if (relays?.size === 0) this.#byPeer.delete(peer);
  }

  #report(message: string): void {
    this.#options.log({ level: "debug", area: "relay", message });
  }
}

/** The latest one last. */
function registrationsOf({ earlier, registration }: Relay): readonly Registration[] {
  return [...earlier, registration];
}

/** Tells an owner that its relay ended. One that is congested or gone finds out by the next registration. */
function tellEnd(context: Context, returnRoute: Route): void {
  try {
    context.send(returnRoute, writeRefusal("not-authorized"))?.catch(() => {});
  } catch {
    // The same.
  }
}

/** The first act of a relay, as its owner expects it: its address, from there. */
function confirm({ context }: Relay, returnRoute: Route): void | Promise<void> {
  return context.send(returnRoute, encodeBareString(context.address.name));
}

/**
 * An identity may always come back for its own name, by whatever way. Without identities nobody can tell who comes: then
 * only the connection that registered the relay, or another one from this machine.
 */
function mayReplace(owner: Owner, by: Owner): boolean {
  if (owner.identifier !== undefined || by.identifier !== undefined)
    return owner.identifier === by.identifier;
  return owner.way.equals(by.way) || (owner.isLoopback && by.isLoopback);
}

function peerOf({ identifier, way }: Owner): string {
  return identifier ?? way.key;
}
