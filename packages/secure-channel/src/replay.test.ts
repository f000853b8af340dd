// Exchanges with a running Rust node, again: this node is given the recorded secrets and what Rust sent, and has to send
// the very bytes that were sent then. The frames are complete routing messages, so that routes count as well.
import { concatBytes, fromHex, toHex } from "@ockam/codec";
import { Address, formatRoute, routeConnection, Router } from "@ockam/core-routing";
import type { Context, Message, TransportConnection } from "@ockam/core-routing";
import { expect, test } from "vitest";

import { recordedParty } from "../testing/recorded-party.ts";
import { settle } from "../testing/twin.ts";
import { capture } from "../testing/vectors.ts";
import type { Capture, RecordedChannel, RecordedMessage } from "../testing/vectors.ts";
import { decodeChannelMessage } from "./channel-message.ts";
import type { FixedHandshake } from "./channel-addresses.ts";
import { Initiator } from "./initiator.ts";
import { Listener } from "./secure-channel-listener.ts";
import type { SecureChannel, SecureChannelOptions } from "./secure-channel.ts";

/** The end of a connection that Rust was at. */
class RecordedConnection implements TransportConnection {
  readonly peer = "recorded";
  readonly loopback = true;
  readonly closed: Promise<Error | undefined>;
  readonly sent: string[] = [];
  #onMessage: (pieces: readonly Uint8Array[]) => void | Promise<void> = () => {};
  #close: (reason: undefined) => void = () => {};

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  start(onMessage: (pieces: readonly Uint8Array[]) => void | Promise<void>): void {
    this.#onMessage = onMessage;
  }

  send(pieces: readonly Uint8Array[]): void {
    this.sent.push(toHex(concatBytes(...pieces)));
  }

  async receive(body: string): Promise<void> {
    await this.#onMessage([fromHex(body)]);
    await settle();
  }

  async close(): Promise<void> {
    this.#close(undefined);
  }
}

function fixedBy(channel: RecordedChannel): FixedHandshake {
  return {
    addresses: {
      decryptor: Address.local(channel.our_decryptor_remote),
      decryptorInternal: Address.random(),
      encryptor: Address.local(channel.our_encryptor),
    },
    ephemeralSecret: fromHex(channel.our_ephemeral_x25519_secret),
  };
}

/** One recorded channel being replayed: plays the workers on our side. */
class ReplayedChannel {
  readonly recorded: RecordedChannel;
  readonly delivered: string[] = [];
  channel: SecureChannel | undefined;
  readonly #router: Router;
  readonly #workers = new Map<string, Context>();
  readonly #sent: RecordedMessage[];
  readonly #elsewhere: ReadonlySet<string>;

  /** @param elsewhere addresses that are no workers of this channel: the ends of one inside it. */
  constructor(router: Router, recorded: RecordedChannel, elsewhere: readonly Address[] = []) {
    this.#router = router;
    this.recorded = recorded;
    this.#elsewhere = new Set(elsewhere.map((address) => address.key));
    this.#sent = recorded.messages.filter((message) => message.dir === "sent");
  }

  /** Forgets the messages that nobody sends by hand: those of a channel inside this one. */
  skip(wires: ReadonlySet<string>): void {
    for (const [index, { plaintext }] of [...this.#sent.entries()].toReversed()) {
      const message = decodeChannelMessage([fromHex(plaintext)]);
      if (message.kind === "payload" && wires.has(toHex(concatBytes(...message.payload)))) {
        this.#sent.splice(index, 1);
      }
    }
  }

  get done(): boolean {
    return this.#sent.length === 0;
  }

  /** Has the recorded workers where messages of the peer go. */
  async open(channel: SecureChannel): Promise<void> {
    this.channel = channel;
    expect(channel.peer.toString()).toBe(this.recorded.peer_identifier);
    for (const { dir, plaintext } of this.recorded.messages) {
      const message = decodeChannelMessage([fromHex(plaintext)]);
      if (dir !== "received" || message.kind !== "payload") continue;
      const address = message.onwardRoute[0]!;
      if (this.#workers.has(address.key) || this.#elsewhere.has(address.key)) continue;
      this.#workers.set(address.key, this.#startWorker(address));
      this.#router.flowControls.addConsumer(address, channel.flowControlId);
    }
  }

  /** What the recorded workers received, as the plaintexts that Rust sent. */
  expectDelivered(): void {
    const payloads = this.recorded.messages
      .filter((message) => message.dir === "received")
      .map(({ plaintext }) => decodeChannelMessage([fromHex(plaintext)]))
      .filter((message) => message.kind === "payload")
      .filter((message) => !this.#elsewhere.has(message.onwardRoute[0]!.key))
      .map((message) => `${formatRoute(message.onwardRoute)} ${toHex(concatBytes(...message.payload))}`);
    expect(this.delivered).toEqual(payloads);
  }

  /** Sends the next recorded message. */
  async sendNext(): Promise<void> {
    const next = this.#sent.shift();
    if (next === undefined || this.channel === undefined) throw new Error("nothing left to send");
    const message = decodeChannelMessage([fromHex(next.plaintext)]);
    if (message.kind === "close") return this.channel.close();
    if (message.kind === "refresh-credentials") {
      expect(await this.channel.refreshCredential()).toBe(true);
      return undefined;
    }
    const from = message.returnRoute[0] ?? Address.random();
    if (!this.#router.has(from)) this.#workers.set(from.key, this.#startWorker(from));
    const context = this.#workers.get(from.key)!;
    const onward = [this.channel.address, ...message.onwardRoute];
    return context.send(onward, message.payload, { returnRoute: message.returnRoute });
  }

  #startWorker(address: Address): Context {
    return this.#router.start(
      (message: Message) => {
        this.delivered.push(`${formatRoute(message.onwardRoute)} ${toHex(message.payload)}`);
      },
      { address },
    );
  }
}

interface Stage {
  readonly router: Router;
  readonly connection: RecordedConnection;
  readonly options: SecureChannelOptions;
  readonly hop: Address;
  readonly flowControlId: string;
}

async function stage(recorded: Capture): Promise<Stage> {
  const router = new Router();
  const connection = new RecordedConnection();
  const routed = routeConnection(router, connection, "recorded");
  const { address: hop, flowControlId } = routed;
  return { router, connection, options: await recordedParty(recorded), hop, flowControlId };
}

function listenAs(channel: ReplayedChannel, at: Stage, options = at.options): Listener {
  return new Listener(
    at.router,
    "api",
    { ...options, consumerOf: [at.flowControlId], onChannel: (opened) => void channel.open(opened) },
    fixedBy(channel.recorded),
  );
}

function initiateAs(channel: ReplayedChannel, at: Stage, options = at.options): Promise<void> {
  const initiator = new Initiator(
    at.router,
    [at.hop, Address.local("api")],
    options,
    fixedBy(channel.recorded),
  );
  return initiator.run(5_000, undefined).then((opened) => channel.open(opened));
}

/** Feeds what Rust sent and compares what we send, frame by frame; `act` does what was done by hand. */
async function replayFrames(recorded: Capture, at: Stage, act: () => Promise<void>): Promise<void> {
  for (const [index, frame] of recorded.tcp.frames.entries()) {
    if (frame.dir === "received") {
      await at.connection.receive(frame.body);
      continue;
    }
    if (at.connection.sent.length === 0) await act();
    await settle();
    expect(at.connection.sent.shift(), `frame ${index}`).toBe(frame.body);
  }
  expect(at.connection.sent).toEqual([]);
}

test.each(["secure_channel_initiator", "credential_and_policy", "refresh_credentials_to_rust"])(
  "%s",
  async (name) => {
    const recorded = capture(name);
    const at = await stage(recorded);
    const channel = new ReplayedChannel(at.router, recorded.channel!);
    // The credential of a refresh was not there yet during the handshake.
    let credential = await at.options.credential?.();
    const opened = initiateAs(channel, at, { ...at.options, credential: async () => credential });
    await settle();
    await replayFrames(recorded, at, async () => {
      if (recorded.credential_sent !== undefined) credential = fromHex(recorded.credential_sent);
      await channel.sendNext();
    });
    await opened;
    channel.expectDelivered();
    await at.router.close();
  },
);

test.each(["secure_channel_responder", "portal_outlet_sc"])("%s", async (name) => {
  const recorded = capture(name);
  const at = await stage(recorded);
  const channel = new ReplayedChannel(at.router, recorded.channel!);
  const listener = listenAs(channel, at);
  await replayFrames(recorded, at, () => channel.sendNext());
  channel.expectDelivered();
  // Rust says goodbye in one of them.
  const goodbye = recorded.channel!.messages.some(({ plaintext }) => plaintext === "8282028040");
  expect(listener.channels()).toHaveLength(goodbye ? 0 : 1);
  await at.router.close();
});

test("relay_owner: a channel inside a channel, through a relay", async () => {
  const recorded = capture("relay_owner");
  const at = await stage(recorded);
  const { inner_channel: innerRecorded, outer_channel: outerRecorded } = recorded;
  const inner = new ReplayedChannel(at.router, innerRecorded!);
  const outer = new ReplayedChannel(at.router, outerRecorded!, [
    Address.local("api"),
    Address.local(innerRecorded!.our_decryptor_remote),
  ]);
  outer.skip(new Set([innerRecorded!.message_2, ...innerRecorded!.messages.map(({ wire }) => wire)]));
  const opened = initiateAs(outer, at).then(() =>
    listenAs(inner, { ...at, flowControlId: outer.channel!.flowControlId }),
  );
  await settle();
  await replayFrames(recorded, at, () => (outer.done ? inner.sendNext() : outer.sendNext()));
  const listener = await opened;
  outer.expectDelivered();
  inner.expectDelivered();
  expect(listener.channels().map((channel) => formatRoute(channel.route))).toEqual([
    innerRecorded!.remote_route_at_end.replace(/^\S+/, outer.channel!.address.toString()),
  ]);
  await at.router.close();
});
