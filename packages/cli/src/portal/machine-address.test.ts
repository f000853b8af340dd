import type { NetworkInterfaceInfo } from "node:os";

import { expect, test } from "vitest";

import { testTerminal, typed } from "../../testing/test-terminal.ts";
import { askForAddress } from "./machine-address.ts";

const LOOPBACK = { lo: [address("127.0.0.1", true)] };
const NETWORK = { ...LOOPBACK, eth0: [address("10.0.0.5", false)] };

test.each([
  ["relay.example.com", "relay.example.com"],
  ["", "10.0.0.5"],
])("whoever can be asked says how others reach this machine: %j", async (answer, expected) => {
  const { terminal, stderr } = testTerminal({ stdin: typed(answer) });
  expect(await askForAddress(terminal, () => NETWORK)).toBe(expected);
  expect(stderr.text).toContain("reach this one? [10.0.0.5]");
});

test("it is its address in a network when nobody can be asked, and that is said", async () => {
  const { terminal, stderr } = testTerminal();
  expect(await askForAddress(terminal, () => NETWORK)).toBe("10.0.0.5");
  expect(stderr.text).toMatch(/reach this one at 10\.0\.0\.5; --address HOST/);
});

test("a machine without a network is for itself alone, and that is said", async () => {
  const { terminal, stderr } = testTerminal();
  expect(await askForAddress(terminal, () => LOOPBACK)).toBe("127.0.0.1");
  expect(stderr.text).toContain("nobody else reaches it");
});

function address(text: string, internal: boolean): NetworkInterfaceInfo {
  return { address: text, internal, family: "IPv4", netmask: "", mac: "", cidr: null };
}
