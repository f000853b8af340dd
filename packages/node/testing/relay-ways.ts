import { encodeBareString, fromHex, silentLog } from "@ockam/codec";
import { Address, FlowControls, Message, Router, SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";
import type { LocalInfo } from "@ockam/core-routing";

import { startRelayService } from "../src/relays/relay-service.ts";
import type { RelayService, RelayServiceOptions } from "../src/relays/relay-service.ts";

/** What a node knows of a peer; one that `isStuck` takes nothing. */
export interface WayPeer {
  readonly loopback?: boolean;
  readonly identifier?: string;
  readonly isStuck?: boolean;
}

/** A way out of the node: what is sent there is kept, what comes from there is made up. */
export class Way {
  readonly address: Address = Address.random();
  readonly flow: string = FlowControls.randomId();
  readonly sent: Message[] = [];
  readonly closed: Promise<void>;
  readonly #router: Router;
  readonly #localInfo: readonly LocalInfo[];
  #end: () => void = () => {};

  constructor(router: Router, peer: WayPeer) {
    const { identifier, isStuck = false, loopback = false } = peer;
    this.#router = router;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#localInfo =
      identifier === undefined
        ? []
        : [{ type: SECURE_CHANNEL_IDENTIFIER, data: fromHex(`5820${identifier}`) }];
    const take = (message: Message): void | Promise<void> => {
      this.sent.push(message);
      return isStuck ? new Promise(() => {}) : undefined;
    };
    router.start(take, {
      address: this.address,
      mailbox: { terminal: identifier === undefined ? { loopback } : { peerIdentifier: identifier } },
    });
    router.flowControls.addProducer(this.address, this.flow);
  }

  /** Sends on behalf of the peer; `back` is what the peer gave as the way back. */
  send(to: readonly string[], payload: Uint8Array, back: readonly string[] = ["back"]): void {
    const onward = to.map((name) => Address.local(name));
    const returnRoute = [this.address, ...back.map((name) => Address.local(name))];
    void this.#router.send(this.address, new Message(onward, returnRoute, payload, this.#localInfo));
  }

  /** Asks for a relay; the payload of the answer. */
  register(name: string | Uint8Array, back?: readonly string[]): Uint8Array | undefined {
    const before = this.sent.length;
    const payload = typeof name === "string" ? encodeBareString(name) : name;
    this.send(["static_forwarding_service"], payload, back);
    return this.sent[before]?.payload;
  }

  async close(): Promise<void> {
    await this.#router.stop(this.address);
    this.#end();
    await this.closed;
  }
}

/** A relay service, and the ways by which its peers come. */
export class RelayWays implements AsyncDisposable {
  readonly router: Router = new Router();
  readonly service: RelayService;
  /** The names of what was started and not stopped. */
  readonly exposed: Set<string> = new Set();
  readonly #ways = new Map<string, Way>();

  constructor(options: Pick<RelayServiceOptions, "authorization" | "closeWay"> = {}) {
    this.service = startRelayService(this.router, {
      ...options,
      log: silentLog,
      closedOf: (address) => (this.router.has(address) ? this.#ways.get(address.key)?.closed : undefined),
      onStart: ({ name }) => this.exposed.add(name),
      onStop: ({ name }) => this.exposed.delete(name),
    });
  }

  open(peer: WayPeer = {}): Way {
    const way = new Way(this.router, peer);
    this.#ways.set(way.address.key, way);
    return way;
  }

  has(name: string): boolean {
    return this.router.has(Address.local(`forward_to_${name}`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.router.close();
  }
}
