import { describe, expect, test } from "vitest";

import { DEFAULT_NODE_OPTIONS } from "../state/node-registry.ts";
import type { NodeRecord, StoredNodeOptions } from "../state/state.ts";
import { accessRouteFromHere, authorityRouteFromHere } from "./way-from-here.ts";

const PROJECT = {
  id: "0123456789ab",
  accessRoute: "/dnsaddr/relay.example.com/tcp/4000/service/0123456789ab/service/api",
  authorityRoute: "/ip4/192.0.2.1/tcp/4001/service/api",
};

function machine(options: Partial<StoredNodeOptions>, tcpListenerAddress?: string) {
  const record: NodeRecord = {
    name: "n1",
    identityName: "i1",
    isDefault: false,
    status: "stopped",
    pid: undefined,
    tcpListenerAddress,
    statusEndpointAddress: undefined,
    options: { ...DEFAULT_NODE_OPTIONS, ...options },
  };
  return { get: () => record, list: () => [record] };
}

function authority(projectIdentifier: string): Partial<StoredNodeOptions> {
  return { authority: { projectIdentifier, trustedIdentities: {} } };
}

describe("the way to a project", () => {
  test.each([
    ["0.0.0.0:4010", "/ip4/127.0.0.1/tcp/4010"],
    ["[::]:4010", "/ip6/::1/tcp/4010"],
    ["127.0.0.1:4010", "/ip4/127.0.0.1/tcp/4010"],
  ])("whose node listens here at %s leads to %s", (address, place) => {
    const nodes = machine({ hostedProject: PROJECT.id }, address);
    expect(accessRouteFromHere(PROJECT, nodes)).toBe(`${place}/service/0123456789ab/service/api`);
    expect(authorityRouteFromHere(PROJECT, nodes)).toBe(PROJECT.authorityRoute);
  });

  test("whose authority is here leads through the loopback, too", () => {
    const nodes = machine(authority(PROJECT.id), "0.0.0.0:4011");
    expect(authorityRouteFromHere(PROJECT, nodes)).toBe("/ip4/127.0.0.1/tcp/4011/service/api");
    expect(accessRouteFromHere(PROJECT, nodes)).toBe(PROJECT.accessRoute);
  });

  test.each([
    [
      "another project's",
      machine({ hostedProject: "ba9876543210", ...authority("ba9876543210") }, "0.0.0.0:1"),
    ],
    ["an ordinary node", machine({}, "0.0.0.0:1")],
    ["a node that never listened", machine({ hostedProject: PROJECT.id, ...authority(PROJECT.id) })],
  ])("is that of its record beside %s", (_, nodes) => {
    expect(accessRouteFromHere(PROJECT, nodes)).toBe(PROJECT.accessRoute);
    expect(authorityRouteFromHere(PROJECT, nodes)).toBe(PROJECT.authorityRoute);
  });
});
