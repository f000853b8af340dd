import { freePort } from "@ockam/acceptance/free-port";
import { Address, connect, echoWorker, listen, Router } from "@ockam/core-routing";
import type { RoutedConnection } from "@ockam/core-routing";
import { createIdentities, Identifier } from "@ockam/identity";
import { createSecureChannel, createSecureChannelListener, trustIdentifiers } from "@ockam/secure-channel";
import type { SecureChannel } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { OckamHome, PeerNode } from "./ockam-home.ts";
import { rustOckam } from "./rust-ockam.ts";

const api = Address.local("api");
const echo = Address.local("echo");
const TIMEOUT = 3_000;

const identities = createIdentities();
let ours: Identifier;
let rust: OckamHome;
let theirs: Identifier;
let [n1, n2]: [PeerNode?, PeerNode?] = [];
let router: Router;

beforeAll(async () => {
  ours = (await identities.create()).identifier;
  rust = await rustOckam({ OCKAM_DEFAULT_TIMEOUT: "3s" });
  theirs = Identifier.parse(await rust.createIdentity("theirs"));
  n1 = await rust.createNode("n1");
  n2 = await rust.createNode("n2");
  await rust.output(["service", "start", "hop", "--addr", "hop", "--at", "n1"]);
  router = new Router();
});

afterAll(async () => {
  await router?.close();
  await rust?.[Symbol.asyncDispose]();
});

describe("we are the initiator", () => {
  let connection: RoutedConnection;
  let channel: SecureChannel;

  beforeAll(async () => {
    connection = await connect(router, tcp(), `127.0.0.1:${n1!.port}`);
    channel = await open([connection.address, api]);
  });

  test("the peer is who the node says it is", () => {
    expect(channel.peer.equals(theirs)).toBe(true);
  });

  test("echoes cross, of all sizes, and many times over the interval of the keys", async () => {
    for (let index = 0; index < 200; index++) await echoThrough(channel, index * 7);
    for (const length of [48 * 1024, 128 * 1024, 1_000_000]) await echoThrough(channel, length);
  });

  test("messages in parallel", async () => {
    await Promise.all(Array.from({ length: 500 }, (_, index) => echoThrough(channel, index)));
  });

  test("a channel inside the channel", async () => {
    const inner = await open([channel.address, api]);
    expect(inner.peer.equals(theirs)).toBe(true);
    for (let index = 0; index < 100; index++) await echoThrough(inner, 1000 + index);
    await inner.close();
    await echoThrough(channel, 10);
  });

  test("a channel to a second node, through the first one's hop and connection", async () => {
    const worker = await rust.output([
      "tcp-connection",
      "create",
      "--from",
      "n1",
      "--to",
      `127.0.0.1:${n2!.port}`,
    ]);
    const onward = Address.local(worker.replace("/worker/", ""));
    const far = await open([connection.address, Address.local("hop"), onward, api]);
    for (let index = 0; index < 100; index++) await echoThrough(far, index);
    await far.close();
  });

  test("the policy of either end decides", async () => {
    const stranger = (await identities.create()).identifier;
    await rust.output([
      "secure-channel-listener",
      "create",
      "only-us",
      "--at",
      "n1",
      "--authorized",
      String(ours),
    ]);
    const onlyUs = [connection.address, Address.local("only-us")];
    await (await open(onlyUs)).close();
    await expect(open(onlyUs, stranger)).rejects.toMatchObject({ code: expect.stringMatching(/^OCKAM_/) });

    const route = [connection.address, api];
    const trusting = { identities, identifier: ours, timeout: TIMEOUT, confirm: true };
    const good = await createSecureChannel(router, route, {
      ...trusting,
      trustPolicy: trustIdentifiers([theirs]),
    });
    await good.close();
    const bad = createSecureChannel(router, route, {
      ...trusting,
      trustPolicy: trustIdentifiers([stranger]),
    });
    await expect(bad).rejects.toMatchObject({ code: expect.stringMatching(/^OCKAM_SECURE_CHANNEL_/) });
  });
});

describe("we are the responder", () => {
  let port: number;
  const accepted: SecureChannel[] = [];

  beforeAll(async () => {
    port = await freePort();
    const listener = await listen(router, tcp(), `127.0.0.1:${port}`);
    const channels = createSecureChannelListener(router, "api", {
      identities,
      identifier: ours,
      consumerOf: [listener.flowControlId],
      onChannel: (channel) => accepted.push(channel),
    });
    const { address } = router.start(echoWorker(), { address: "echo" });
    router.flowControls.addConsumer(address, channels.flowControlId);
    router.flowControls.addConsumer(channels.address, channels.flowControlId);
  });

  test("message send over /secure/api", async () => {
    const to = `/ip4/127.0.0.1/tcp/${port}/secure/api/service/echo`;
    expect(await rust.output(["message", "send", "hello", "--to", to])).toBe("hello");
    expect(await rust.output(["message", "send", "hello", "--from", "n1", "--to", to])).toBe("hello");
    expect(accepted.at(-1)?.peer.equals(theirs)).toBe(true);
  });

  test("a channel that stays, used many times", async () => {
    const args = [
      "--from",
      "n1",
      "--to",
      `/ip4/127.0.0.1/tcp/${port}/service/api`,
      "--authorized",
      String(ours),
    ];
    const address = await rust.output(["secure-channel", "create", ...args]);
    for (let index = 0; index < 40; index++) {
      const to = `${address}/service/echo`;
      expect(await rust.output(["message", "send", `m${index}`, "--from", "n1", "--to", to])).toBe(
        `m${index}`,
      );
    }
  });

  test("a channel inside a channel", async () => {
    const create = ["secure-channel", "create", "--from", "n1", "--to"];
    const outer = await rust.output([...create, `/ip4/127.0.0.1/tcp/${port}/service/api`]);
    const before = accepted.length;
    const inner = await rust.output([...create, `${outer}/service/api`]);
    expect(accepted).toHaveLength(before + 1);
    expect(
      await rust.output([
        "message",
        "send",
        "in",
        "--from",
        "n1",
        "--to",
        `${inner}/service/echo`,
        "--timeout",
        "2s",
      ]),
    ).toBe("in");
  });

  test("Rust refuses us when it expects another, and we refuse it", async () => {
    const stranger = (await identities.create()).identifier;
    const route = `/ip4/127.0.0.1/tcp/${port}/service`;
    const create = ["secure-channel", "create", "--from", "n1"];
    const refused = await rust.run([...create, "--to", `${route}/api`, "--authorized", String(stranger)]);
    expect(refused.exitCode).toBe(70);

    const picky = createSecureChannelListener(router, "picky", {
      identities,
      identifier: ours,
      trustPolicy: trustIdentifiers([stranger]),
      consumerOf: router.flowControls.flowControlsOfConsumer(Address.local("api")),
    });
    // Rust's initiator has sent its last message before it can be refused: it learns by silence.
    const address = await rust.run([...create, "--to", `${route}/picky`]);
    if (address.exitCode === 0) {
      const to = `${address.stdout.trim()}/service/echo`;
      const answer = await rust.run([
        "message",
        "send",
        "anyone?",
        "--from",
        "n1",
        "--to",
        to,
        "--timeout",
        "1s",
      ]);
      expect(answer.exitCode).toBe(70);
    }
    expect(picky.channels()).toEqual([]);
  });
});

function open(route: readonly Address[], identifier: Identifier = ours): Promise<SecureChannel> {
  return createSecureChannel(router, route, { identities, identifier, timeout: TIMEOUT, confirm: true });
}

async function echoThrough(through: SecureChannel, length: number): Promise<void> {
  const payload = new Uint8Array(length).map((_, index) => index * 13);
  const reply = await router.request([through.address, echo], payload);
  expect(Buffer.compare(reply.payload, payload)).toBe(0);
}
