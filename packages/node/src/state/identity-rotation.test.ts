import { toHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";
import { describe, expect, test } from "vitest";

import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { openState, sqliteState } from "./sqlite-state.ts";
import type { State } from "./state.ts";

const HELLO = "0568656c6c6f";

/** How many changes a state knows of an identity. */
async function changesKnownTo(state: State, identifier: string): Promise<number | undefined> {
  const { name } = await state.identities.getDefault();
  const { identities } = state.identities.open(name);
  return (await identities.get(Identifier.parse(identifier)))?.changes.length;
}

describe("a rotated identity", () => {
  test("has one key, and signs with it", async () => {
    using state = sqliteState(openState({ inMemory: true }));
    const { identifier } = await state.identities.create({ name: "a" });
    const rotated = await state.identities.rotate("a", { revokePurposeKeys: true });
    expect(rotated.identifier.equals(identifier)).toBe(true);
    expect(rotated.latest.revokeAllPurposeKeys).toBe(true);
    expect(state.database.all("SELECT * FROM secret")).toHaveLength(1);
    expect((await state.identities.rotate("a")).changes.map((change) => change.revokeAllPurposeKeys)).toEqual(
      [false, true, false],
    );
    const { identities } = state.identities.open("a");
    expect(await identities.hasSigningKey(identifier)).toBe(true);
    expect((await state.identities.identity("a")).changes).toHaveLength(3);
  });

  test("with its keys in a file of their own is rotated there", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    state.vaults.create();
    await state.identities.create({ name: "a", vault: "v" });
    await state.identities.rotate("a");
    using again = openState({ home: home.path });
    const { identities, identifier } = again.identities.open("a");
    expect(await identities.hasSigningKey(identifier)).toBe(true);
    expect(sqliteState(again).database.all("SELECT * FROM secret")).toEqual([]);
  });

  test("of which only the history is here is not", async () => {
    using state = openState({ inMemory: true });
    using other = openState({ inMemory: true });
    await other.identities.create({ name: "theirs" });
    const { changeHistory } = await other.identities.identity("theirs");
    await state.identities.import(changeHistory, { name: "theirs" });
    expect(await codeOf(() => state.identities.rotate("theirs"))).toBe("OCKAM_IDENTITY_KEY_NOT_FOUND");
    expect(await codeOf(() => state.identities.rotate("nobody"))).toBe("OCKAM_NODE_IDENTITY_NOT_FOUND");
  });

  test("of a running node: open channels go on, the next one proves the new key to who knew the old", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    using peers = openState({ inMemory: true });
    await using nodes = new Nodes();
    await state.identities.create({ name: "a" });
    const node = await nodes.create({ state, name: "n", identity: "a" });
    const peer = await nodes.create({ state: peers, name: "p" });
    const to = `${addressOf(node)}/service/api`;
    const before = await peer.secureChannels.create({ to });
    expect(await changesKnownTo(peers, node.identifier)).toBe(1);
    {
      // Another process: the command.
      using command = openState({ home: home.path });
      await command.identities.rotate("a");
    }
    const echo = { to: `${before.address}/service/echo`, payload: HELLO };
    expect(await peer.sendMessage(echo)).toEqual({ payload: HELLO });
    const after = await peer.secureChannels.create({ to, authorized: [node.identifier] });
    expect(await changesKnownTo(peers, node.identifier)).toBe(2);
    expect(await peer.sendMessage({ ...echo, to: `${after.address}/service/echo` })).toEqual({
      payload: HELLO,
    });
    // And where the node itself opens the channel.
    await node.secureChannels.create({ to: `${addressOf(peer)}/service/api` });
  });

  test("of an authority is trusted also by who has its old history written down", async () => {
    using authorities = openState({ inMemory: true });
    await authorities.identities.create({ name: "authority" });
    const written = toHex((await authorities.identities.identity("authority")).changeHistory);
    const rotated = await authorities.identities.rotate("authority");
    using state = openState({ inMemory: true });
    await state.identities.import(rotated.changeHistory, { name: "known" });
    await using nodes = new Nodes();
    await nodes.create({ state, name: "n", trust: { kind: "authority", authority: written } });
    expect(await changesKnownTo(state, rotated.identifier.toString())).toBe(2);
  });
});
