import type { Candidate, Completion } from "./candidate.ts";
import {
  nodes,
  projects,
  secureChannelListeners,
  services,
  type NameSource,
  type Surroundings,
} from "./known-names.ts";

/** The protocols that a route begins or goes on with, but for those that need an address to be typed first. */
const PROTOCOLS: readonly Candidate[] = [
  { value: "node", description: "a node of this machine" },
  { value: "project", description: "a project" },
  { value: "secure", description: "a secure channel to the listener of that name" },
  { value: "service", description: "a service" },
  { value: "worker", description: "a worker" },
  { value: "dnsaddr", description: "a host name, before /tcp/PORT" },
  { value: "ip4", description: "an IPv4 address, before /tcp/PORT" },
  { value: "ip6", description: "an IPv6 address, before /tcp/PORT" },
  { value: "tcp", description: "a TCP port" },
];

const NAMES: Readonly<Record<string, NameSource>> = {
  node: nodes,
  project: projects,
  secure: secureChannelListeners,
  service: services,
};

/**
 * What a route that begins like `typed` may go on with: `/node/` and the like, and the names behind them. Those of
 * services and listeners are asked of the node that the route leads to.
 */
export async function completeRoute(typed: string, around: Surroundings): Promise<Completion> {
  const parts = typed.split("/");
  const before = parts.slice(0, -1);
  const head = typed.slice(0, typed.lastIndexOf("/") + 1);
  // ["", "node", "n1", …]: names are at even places.
  const isName = parts.length % 2 === 1;
  const found = isName ? await namesOf(before, around) : PROTOCOLS.map(addSlash);
  const candidates = found.map(({ description, value }) => ({ value: `${head}${value}`, description }));
  return { kind: "parts", candidates };
}

async function namesOf(before: readonly string[], around: Surroundings): Promise<readonly Candidate[]> {
  const source = NAMES[before.at(-1) ?? ""];
  // What is behind other hops, nobody here knows.
  const [, first, name, next] = before;
  const node = first === "node" && name !== undefined ? name : undefined;
  const isLocal = before.length === 2 || (node !== undefined && before.length === 4 && next !== undefined);
  if (source === undefined || !isLocal) return [];
  return source(node === undefined ? around : { ...around, node });
}

function addSlash({ description, value }: Candidate): Candidate {
  return { value: `${value}/`, description };
}
