import { Address, Router } from "@ockam/core-routing";
import { expect, test } from "vitest";

import { Way } from "../../testing/relay-ways.ts";
import { MAX_RELAY_LINKS, MAX_RELAY_LINKS_PER_WAY, RelayLinks } from "./relay-links.ts";

test(`${MAX_RELAY_LINKS} pairs in all; they end with either way`, async () => {
  await using router = new Router();
  const ways = new Map<string, Way>();
  const open = (): Way => {
    const way = new Way(router, {});
    ways.set(way.address.key, way);
    return way;
  };
  const links = new RelayLinks(router, (address) => ways.get(address.key)?.closed);
  const senders = Array.from({ length: MAX_RELAY_LINKS_PER_WAY }, open);
  const owners = Array.from({ length: MAX_RELAY_LINKS / MAX_RELAY_LINKS_PER_WAY }, open);
  for (const owner of owners)
    for (const sender of senders) if (!links.link(owner.address, sender.address)) throw new Error("refused");
  expect(links.size).toBe(MAX_RELAY_LINKS);
  const [late, other] = [open(), open()];
  expect(links.link(late.address, other.address)).toBe(false);
  expect(links.link(owners[0]!.address, senders[0]!.address)).toBe(true);
  await owners[0]!.close();
  expect(links.size).toBe(MAX_RELAY_LINKS - MAX_RELAY_LINKS_PER_WAY);
  await senders[0]!.close();
  expect(links.size).toBe(MAX_RELAY_LINKS - MAX_RELAY_LINKS_PER_WAY - owners.length + 1);
  expect(links.link(late.address, other.address)).toBe(true);
});

test("nobody is not linked, and a way not with itself", async () => {
  await using router = new Router();
  const way = new Way(router, {});
  const links = new RelayLinks(router, () => way.closed);
  expect(links.link(way.address, Address.random())).toBe(false);
  expect(links.link(way.address, way.address)).toBe(true);
  expect(links.size).toBe(0);
  expect(router.flowControls.consumersOf(way.flow)).toEqual([]);
});
