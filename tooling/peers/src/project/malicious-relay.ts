import { freePort } from "@ockam/acceptance/free-port";
import { decodeBareString, encodeBareString } from "@ockam/codec";
import { Address, echoWorker, listen, Message, Router } from "@ockam/core-routing";
import type { Context, FlowControlId, Route } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import type { Identities, Identity } from "@ockam/identity";
import { createOutlet } from "@ockam/portal-tcp";
import { createSecureChannelListener } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";

/** Which way a message goes: to the node that registered the relay, or back. */
export type Direction = "to-owner" | "to-client";

/** A message as the relay has it in its hands. */
export interface RelayedMessage {
  readonly direction: Direction;
  /** The connection or channel of the relay that leads to the receiving node. */
  readonly way: Address;
  /** Workers of the receiving node. */
  readonly onward: Route;
  readonly returnRoute: Route;
  readonly payload: Uint8Array;
}

/** What the relay sends on instead of a message: nothing, others, more. */
export type Mischief = (message: RelayedMessage) => readonly RelayedMessage[];

/** The operator that keeps to the rules. */
export const honest: Mischief = (message) => [message];

/**
 * A node with a relay service whose operator does to the messages what a test tells it. It puts itself into the return
 * routes as well, so that answers and all later messages come by, and remembers what it has seen.
 */
export class MaliciousRelay implements AsyncDisposable {
  readonly port: number;
  readonly identity: Identity;
  /** What happens to each message from now on. */
  mischief: Mischief = honest;
  /** The ways to those who have registered a relay, by its name. */
  readonly owners: Map<string, Address> = new Map();
  /** How many messages came by. */
  relayed = 0;
  /** How many of them were not sent on as they were. */
  meddled = 0;
  /** The first message of each handshake with a relay's owner, in the order they came by. */
  readonly handshakes: RelayedMessage[] = [];
  readonly #router: Router;
  readonly #flows: readonly FlowControlId[];
  readonly #canaries: readonly Uint8Array[];
  readonly #heard = new Set<Uint8Array>();
  readonly #operator: Context;
  readonly #detours = new Map<string, Address>();

  private constructor(
    port: number,
    router: Router,
    identity: Identity,
    flows: readonly FlowControlId[],
    canaries: readonly Uint8Array[],
  ) {
    this.port = port;
    this.identity = identity;
    this.#router = router;
    this.#flows = flows;
    this.#canaries = canaries;
    this.#operator = router.start(() => {});
    this.#expose(router.start(echoWorker(), { address: "echo" }));
    for (const service of ["static_forwarding_service", "forwarding_service"]) {
      const handle = (message: Message, context: Context): Promise<void> => this.#register(message, context);
      this.#expose(router.start(handle, { address: service }));
    }
  }

  /** `canaries` are looked for in everything that passes. */
  static async start(
    canaries: readonly Uint8Array[],
    identities: Identities = createIdentities(),
  ): Promise<MaliciousRelay> {
    const router = new Router();
    const port = await freePort();
    const identity = await identities.create();
    const listener = await listen(router, tcp(), `127.0.0.1:${port}`);
    const channels = createSecureChannelListener(router, "api", {
      identities,
      identifier: identity.identifier,
      consumerOf: [listener.flowControlId],
    });
    return new MaliciousRelay(
      port,
      router,
      identity,
      [listener.flowControlId, channels.flowControlId],
      canaries,
    );
  }

  /** The canaries that came by in clear. */
  get heard(): readonly Uint8Array[] {
    return [...this.#heard];
  }

  /** Sends a message that the operator has made up, or kept. One whose way is gone is lost. */
  send({ way, onward, returnRoute, payload }: RelayedMessage): void {
    if (!this.#router.has(way)) return;
    const message = new Message([way, ...onward], returnRoute, payload);
    // A connection that closes just now.
    Promise.resolve(this.#router.send(this.#operator.address, message)).catch(() => {});
  }

  /** Gives the relay's own node an outlet, and an `api` that leads to it: what the owner has, but for the identity. */
  offerOutlet(name: string, port: number): void {
    const { address } = createOutlet(this.#router, { address: name, to: `127.0.0.1:${port}` });
    for (const flow of this.#flows) this.#router.flowControls.addConsumer(address, flow);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#router.close();
  }

  async #register(message: Message, context: Context): Promise<void> {
    const requested = decodeBareString(message.payload);
    const name = `forward_to_${requested}`;
    const address = Address.local(name);
    await this.#router.stop(address);
    const owner = message.returnRoute.slice(0, -1);
    if (owner[0] !== undefined) this.owners.set(requested, owner[0]);
    this.#expose(this.#router.start((relayed) => this.#pass("to-owner", owner, relayed), { address }));
    await context.reply(message, encodeBareString(name));
  }

  /** A message that arrived at a worker of the relay, and whose rest of the way begins with `route`. */
  #pass(direction: Direction, route: Route, message: Message): void {
    const { onwardRoute, returnRoute, payload } = message;
    const [way, ...onward] = [...route, ...onwardRoute.slice(1)];
    if (way === undefined) return;
    const [back, ...rest] = returnRoute;
    // What the operator's own workers send comes by nothing yet.
    const detours =
      back === undefined ? [] : [this.#detour(direction === "to-owner" ? "to-client" : "to-owner", back)];
    const relayed: RelayedMessage = { direction, way, onward, returnRoute: [...detours, ...rest], payload };
    this.relayed++;
    if (onward.length === 1 && onward[0]!.name === "api") this.handshakes.push(relayed);
    for (const canary of this.#canaries)
      if (Buffer.from(payload.buffer, payload.byteOffset, payload.length).includes(canary))
        this.#heard.add(canary);
    const sent = this.mischief(relayed);
    if (sent.length !== 1 || sent[0] !== relayed) this.meddled++;
    for (const one of sent) this.send(one);
  }

  /** The worker that stands for a way out of this node: what is sent to it comes by before it goes on. */
  #detour(direction: Direction, way: Address): Address {
    const key = `${direction} ${way.key}`;
    const known = this.#detours.get(key);
    if (known !== undefined) return known;
    const context = this.#router.start((message) => this.#pass(direction, [way], message));
    this.#expose(context);
    this.#detours.set(key, context.address);
    return context.address;
  }

  #expose({ address }: Context): void {
    for (const flow of this.#flows) this.#router.flowControls.addConsumer(address, flow);
  }
}
