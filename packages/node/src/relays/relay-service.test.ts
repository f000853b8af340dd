import { decodeBareString, fromHex, isOckamError, toHex } from "@ockam/codec";
import { Address, formatRoute, Message, WORKER_QUEUE_CAPACITY } from "@ockam/core-routing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { RelayWays } from "../../testing/relay-ways.ts";
import { MAX_RELAY_LINKS_PER_WAY } from "./relay-links.ts";
import { isRelayName, MAX_RELAY_NAME_LENGTH, readRefusal, writeRefusal } from "./relay-registration.ts";
import { MAX_EARLIER_REGISTRATIONS, MAX_RELAYS, MAX_RELAYS_PER_PEER } from "./relay-service.ts";

const ALICE = "a1".repeat(32);
const MALLORY = "ee".repeat(32);
const HELLO = Uint8Array.of(1, 2, 3);

function answer(payload: Uint8Array | undefined): string | undefined {
  if (payload === undefined) return undefined;
  return readRefusal(payload) ?? decodeBareString(payload);
}

describe("registration", () => {
  test("byte for byte: the name, the confirmation and its return route", async () => {
    await using ways = new RelayWays();
    const owner = ways.open();
    expect(toHex(owner.register(fromHex("04626c7565"))!)).toBe("0f666f72776172645f746f5f626c7565");
    expect(formatRoute(owner.sent[0]!.onwardRoute)).toBe(`0#${owner.address.name} => 0#back`);
    expect(formatRoute(owner.sent[0]!.returnRoute)).toBe("0#forward_to_blue");
    expect(ways.exposed).toEqual(
      new Set(["forwarding_service", "static_forwarding_service", "forward_to_blue"]),
    );
  });

  test("at both addresses; `register` asks for a random name", async () => {
    await using ways = new RelayWays();
    const owner = ways.open();
    owner.send(["forwarding_service"], fromHex("04626c7565"));
    expect(ways.has("blue")).toBe(true);
    expect(answer(owner.register("register"))).toMatch(/^forward_to_[0-9a-f]{32}$/);
  });

  test("what is no name is refused; the name of another worker, which stays", async () => {
    await using ways = new RelayWays();
    const owner = ways.open();
    const seen: Message[] = [];
    ways.router.start((message) => void seen.push(message), { address: "forward_to_mine" });
    for (const name of ["", "a#b", "a#b#c", "0#x", "a\n", "\u{85}", "x".repeat(MAX_RELAY_NAME_LENGTH + 1)])
      expect(answer(owner.register(name))).toBe("it does not take that name");
    for (const bytes of ["", "05aa", "02ffff", "ffffffffffffffffffff"])
      expect(answer(owner.register(fromHex(bytes)))).toBe("it does not take that name");
    expect(answer(owner.register("x".repeat(MAX_RELAY_NAME_LENGTH)))).toContain("forward_to_x");
    expect(answer(owner.register("mine"))).toContain("belongs to somebody else");
    owner.send(["forward_to_mine"], HELLO);
    expect(seen).toHaveLength(1);
  });

  test("leads out of the node, or nowhere: never back to its own workers", async () => {
    await using ways = new RelayWays();
    const owner = ways.open();
    // An empty way back would leave nothing of the way once its last hop is dropped.
    expect(owner.register("blue", [])).toBeUndefined();
    const local = ways.router.start(() => {});
    const service = Address.local("forwarding_service");
    for (const back of [[local.address], [local.address, Address.local("x")], []])
      await ways.router.send(local.address, new Message([service], back, fromHex("04626c7565")));
    expect(ways.service.size).toBe(0);
    expect(ways.has("blue")).toBe(false);
  });

  test("a way that is gone already is none", async () => {
    await using ways = new RelayWays();
    const owner = ways.open();
    // Terminal, but unknown to the node.
    const stray = ways.router.start(() => {}, { mailbox: { terminal: {} } });
    const route = [stray.address, Address.local("back")];
    const request = new Message([Address.local("forwarding_service")], route, fromHex("0178"));
    await ways.router.send(stray.address, request);
    expect(ways.service.size).toBe(0);
    expect(answer(owner.register("x"))).toBe("forward_to_x");
  });

  test("no bytes end the service", async () => {
    await using ways = new RelayWays();
    const owner = ways.open();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
        owner.register(bytes);
      }),
    );
    expect(answer(owner.register("still"))).toBe("forward_to_still");
  });

  test("a refusal is nothing that a BARE reader takes, and ends with no name", () => {
    for (const reason of ["invalid-name", "name-taken", "no-way-back", "too-many-relays"] as const) {
      const refusal = writeRefusal(reason);
      expect(toHex(refusal).slice(0, 20)).toBe("ffffffffffffffffff7f");
      expect(() => decodeBareString(refusal)).toThrow(expect.toSatisfy(isOckamError));
      expect(readRefusal(refusal)).not.toContain("not known");
    }
    expect(readRefusal(fromHex("ffffffffffffffffff7f0568656c6c6f"))).toContain("not known");
    expect(readRefusal(fromHex("ffffffffffffffffff7f0b5f5f70726f746f5f5f"))).toContain("not known");
    expect(readRefusal(fromHex("0568656c6c6f"))).toBeUndefined();
    expect(isRelayName("forward#")).toBe(false);
  });
});

describe("who may take over a name", () => {
  test("its own identity, by any way; nobody else while the owner is there", async () => {
    await using ways = new RelayWays();
    const [first, second] = [ways.open({ identifier: ALICE }), ways.open({ identifier: ALICE })];
    const strangers = [ways.open({ identifier: MALLORY }), ways.open(), ways.open({ loopback: true })];
    expect(answer(first.register("blue"))).toBe("forward_to_blue");
    for (const stranger of strangers)
      expect(answer(stranger.register("blue"))).toContain("belongs to somebody else");
    expect(answer(second.register("blue"))).toBe("forward_to_blue");
    strangers[0]!.send(["forward_to_blue", "api"], HELLO);
    expect(first.sent).toHaveLength(1);
    expect(second.sent).toHaveLength(2);
    // The way that it came by before matters no more.
    await first.close();
    expect(ways.has("blue")).toBe(true);
    await second.close();
    expect(ways.has("blue")).toBe(false);
    expect(ways.exposed.has("forward_to_blue")).toBe(false);
    expect(answer(strangers[0]!.register("blue"))).toBe("forward_to_blue");
  });

  test.each([{ identifier: ALICE }, { loopback: true }])(
    "when the latest way of %o closes, the one before counts again, whatever was closed in between",
    async (peer) => {
      await using ways = new RelayWays();
      const [sender, ...owners] = [ways.open(), ways.open(peer), ways.open(peer), ways.open(peer)];
      for (const owner of [...owners, owners[1]]) owner.register("blue");
      const arrived = (): readonly number[] => {
        const before = owners.map(({ sent }) => sent.length);
        sender.send(["forward_to_blue", "api"], HELLO);
        return owners.map(({ sent }, i) => sent.length - before[i]!);
      };
      expect(arrived()).toEqual([0, 1, 0]);
      await owners[1].close();
      expect(arrived()).toEqual([0, 0, 1]);
      expect(answer(owners[0].register("blue"))).toBe("forward_to_blue");
      expect(arrived()).toEqual([1, 0, 0]);
      await owners[0].close();
      expect(arrived()).toEqual([0, 0, 1]);
      await owners[2].close();
      expect(ways.has("blue")).toBe(false);
    },
  );

  test("without identities: the same connection, or one of this machine from another of it", async () => {
    await using ways = new RelayWays();
    const [local, other] = [ways.open({ loopback: true }), ways.open({ loopback: true })];
    const [far, farther] = [ways.open(), ways.open()];
    local.register("l");
    expect(answer(other.register("l"))).toBe("forward_to_l");
    expect(answer(far.register("l"))).toContain("somebody else");
    expect(answer(ways.open({ identifier: ALICE }).register("l"))).toContain("somebody else");
    far.register("f");
    expect(answer(far.register("f"))).toBe("forward_to_f");
    expect(answer(farther.register("f"))).toContain("somebody else");
    expect(answer(local.register("f"))).toContain("somebody else");
  });
});

test("who may not have a relay any more is told by every way that registered it, and all of them are closed", async () => {
  let isAllowed = true;
  const listeners: ((identifier: string | undefined) => void)[] = [];
  const closed: string[] = [];
  await using ways = new RelayWays({
    authorization: {
      allows: async () => isAllowed,
      onChange: (listener) => {
        listeners.push(listener);
        return () => {};
      },
    },
    closeWay: (way) => closed.push(way.name),
  });
  const owners = [ways.open({ identifier: ALICE }), ways.open({ identifier: ALICE })];
  for (const owner of owners) {
    owner.register("blue");
    await expect.poll(() => owner.sent.length, { interval: 1 }).toBe(1);
  }
  isAllowed = false;
  for (const listener of listeners) listener(ALICE);
  await expect.poll(() => ways.has("blue"), { interval: 1 }).toBe(false);
  await expect.poll(() => closed.length, { interval: 1 }).toBe(2);
  expect(closed).toEqual(owners.map(({ address }) => address.name));
  for (const { sent } of owners) expect(answer(sent.at(-1)!.payload)).toContain("may not have a relay");
});

describe("forwarding", () => {
  test("drops its own address and leaves return route and payload alone", async () => {
    await using ways = new RelayWays();
    const [owner, sender] = [ways.open(), ways.open()];
    owner.register("blue", ["deep", "remote"]);
    sender.send(["forward_to_blue", "api", "x"], HELLO, ["s"]);
    const [, forwarded] = owner.sent;
    expect(formatRoute(forwarded!.onwardRoute)).toBe(`0#${owner.address.name} => 0#deep => 0#api => 0#x`);
    expect(formatRoute(forwarded!.returnRoute)).toBe(`0#${sender.address.name} => 0#s`);
    expect(forwarded!.payload).toEqual(HELLO);
    sender.send(["forward_to_blue"], HELLO);
    sender.send(["forward_to_blue", ...Array.from({ length: 63 }, () => "x")], HELLO);
    expect(owner.sent).toHaveLength(2);
  });

  test("opens both ways for each other, and for nobody else", async () => {
    await using ways = new RelayWays();
    const { flowControls } = ways.router;
    const [owner, sender, other] = [ways.open(), ways.open(), ways.open()];
    owner.register("blue");
    for (let times = 0; times < 3; times++) sender.send(["forward_to_blue", "api"], HELLO);
    expect(flowControls.consumersOf(owner.flow)).toEqual([sender.address]);
    expect(flowControls.consumersOf(sender.flow)).toEqual([owner.address]);
    expect(flowControls.consumersOf(other.flow)).toEqual([]);
    await sender.close();
    expect(flowControls.consumersOf(owner.flow)).toEqual([]);
  });

  test("a peer that takes nothing keeps nobody else waiting", async () => {
    await using ways = new RelayWays();
    const [stuck, owner, sender] = [ways.open({ isStuck: true }), ways.open(), ways.open()];
    owner.register("blue");
    for (let times = 0; times < 2 * WORKER_QUEUE_CAPACITY; times++) {
      stuck.register("stuck");
      stuck.register("a#b");
      sender.send(["forward_to_stuck", "api"], HELLO);
    }
    expect(answer(owner.register("red"))).toBe("forward_to_red");
    sender.send(["forward_to_blue", "api"], HELLO);
    expect(owner.sent.at(-1)!.payload).toEqual(HELLO);
  });

  test("a node on the same router may send through it, too", async () => {
    await using ways = new RelayWays();
    const owner = ways.open();
    owner.register("blue");
    const local = ways.router.start(() => {});
    await local.send([Address.local("forward_to_blue"), Address.local("api")], HELLO);
    expect(ways.router.flowControls.consumersOf(owner.flow)).toEqual([local.address]);
    expect(owner.sent).toHaveLength(2);
  });
});

describe("limits", () => {
  test(`${MAX_RELAYS_PER_PEER} relays of one peer; one that was lost makes room`, async () => {
    await using ways = new RelayWays();
    const [first, second] = [ways.open({ identifier: ALICE }), ways.open({ identifier: ALICE })];
    for (let i = 0; i < MAX_RELAYS_PER_PEER; i++)
      expect(answer((i === 0 ? first : second).register(`r${i}`))).toBe(`forward_to_r${i}`);
    expect(answer(first.register("one-more"))).toContain("as many relays as it takes");
    expect(answer(second.register("r0"))).toBe("forward_to_r0");
    expect(answer(ways.open().register("other"))).toBe("forward_to_other");
    await ways.router.stop(Address.local("forward_to_r1"));
    expect(answer(first.register("one-more"))).toBe("forward_to_one-more");
    expect(ways.service.size).toBe(MAX_RELAYS_PER_PEER + 1);
    await first.close();
    await second.close();
    expect(ways.service.size).toBe(1);
  });

  test(`${MAX_EARLIER_REGISTRATIONS} registrations before the latest, the oldest go first`, async () => {
    await using ways = new RelayWays();
    const owners = Array.from({ length: MAX_EARLIER_REGISTRATIONS + 2 }, () =>
      ways.open({ identifier: ALICE }),
    );
    for (const owner of owners) owner.register("blue");
    for (const owner of owners.slice(2).toReversed()) await owner.close();
    expect(ways.has("blue")).toBe(true);
    await owners[1]!.close();
    expect(ways.has("blue")).toBe(false);
  });

  test(`${MAX_RELAYS} relays in all`, async () => {
    await using ways = new RelayWays();
    for (let peer = 0; ways.service.size < MAX_RELAYS; peer++) {
      const way = ways.open();
      for (let i = 0; i < MAX_RELAYS_PER_PEER; i++) way.register(`${peer}-${i}`);
    }
    const [late, known] = [ways.open(), ways.open()];
    expect(answer(late.register("late"))).toContain("as many relays as it takes");
    expect(answer(known.register("0-0"))).toContain("somebody else");
    expect(ways.service.size).toBe(MAX_RELAYS);
  });

  test(`${MAX_RELAY_LINKS_PER_WAY} senders to one owner; one that left makes room`, async () => {
    await using ways = new RelayWays();
    const owner = ways.open();
    owner.register("blue");
    const senders = Array.from({ length: MAX_RELAY_LINKS_PER_WAY }, () => ways.open());
    for (const sender of senders) sender.send(["forward_to_blue", "api"], HELLO);
    const late = ways.open();
    late.send(["forward_to_blue", "api"], HELLO);
    expect(owner.sent).toHaveLength(1 + MAX_RELAY_LINKS_PER_WAY);
    expect(ways.router.flowControls.consumersOf(late.flow)).toEqual([]);
    senders[0]!.send(["forward_to_blue", "api"], HELLO);
    expect(owner.sent).toHaveLength(2 + MAX_RELAY_LINKS_PER_WAY);
    await senders[0]!.close();
    late.send(["forward_to_blue", "api"], HELLO);
    expect(owner.sent).toHaveLength(3 + MAX_RELAY_LINKS_PER_WAY);
  });
});
