import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { echoTarget, throughPort } from "../../testing/echo-target.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { openState } from "../state/sqlite-state.ts";

/** Long enough for an answer over memory, by far. */
const PATIENCE = 150;

async function answerOf(bound: string): Promise<string> {
  return Promise.race([throughPort(bound), sleep(PATIENCE, "closed")]);
}

describe("an outlet with a policy", () => {
  test.each(["ID", '(or (= subject.identifier "x") (= subject.identifier "ID"))'])(
    "%s lets in that identity and nobody else, also after a restart",
    async (form) => {
      using target = await echoTarget();
      using home = temporaryHome();
      using state = openState({ home: home.path });
      await using nodes = new Nodes();
      const friend = await nodes.create();
      const stranger = await nodes.create();
      const allow = form.replace("ID", friend.identifier);
      let guarded = await nodes.create({ state, name: "n" });
      guarded.tcpOutlets.create({ to: target.address, allow });
      for (let times = 0; times < 2; times++) {
        const to = `${addressOf(guarded)}/secure/api/service/outlet`;
        expect(await answerOf((await stranger.tcpInlets.create({ to })).bind_addr)).toBe("closed");
        const plain = `${addressOf(guarded)}/service/outlet`;
        expect(await answerOf((await friend.tcpInlets.create({ to: plain })).bind_addr)).toBe("closed");
        expect(await answerOf((await friend.tcpInlets.create({ to })).bind_addr)).toBe("hello");
        await guarded.close();
        guarded = await nodes.create({ state, name: "n" });
      }
      await guarded.close();
    },
  );

  test("is refused when it could never let in anybody, and leaves no outlet behind", async () => {
    await using nodes = new Nodes();
    const node = await nodes.create();
    for (const allow of [
      "",
      "(",
      "role",
      "role=admin",
      '(= subject.role "x")',
      "(exists? subject.has_credential)",
      '(= a "b")',
      "true",
    ])
      expect(await codeOf(() => node.tcpOutlets.create({ to: "127.0.0.1:9", allow })), allow).toBe(
        "OCKAM_NODE_INVALID_POLICY",
      );
    expect(node.tcpOutlets.list()).toEqual([]);
  });
});
