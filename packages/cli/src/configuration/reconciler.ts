import { isIP } from "node:net";
import { isDeepStrictEqual } from "node:util";

import type { ControlMethod, ControlParams, ControlResult } from "@ockam/node";

import type { RunningNode } from "../node-access.ts";

/** What came of asking a node for a thing. */
export type Change = "created" | "changed" | "unchanged";

/** A `create` method whose things can be found again. */
interface Kind<M extends ControlMethod> {
  readonly kind: Stored["kind"];
  /** The parameter that names the thing. */
  readonly name: keyof ControlParams<M> & string;
  /** Its name when it is given none. */
  readonly fallback?: string;
  /** The address that it listens on: there is one thing at each. */
  readonly listensAt?: keyof ControlParams<M> & string;
  /** The policies that are its own, set with it and deleted with it: by the parameter that sets them, whose they are. */
  readonly guards?: Readonly<Record<string, (name: string) => string>>;
  /** What every node has without being told to. */
  readonly builtIn?: ControlParams<M>;
  show(node: RunningNode, name: string): Promise<ControlResult<M>>;
  remove(node: RunningNode, name: string): Promise<unknown>;
}

type Stored = ControlResult<"resource.list">[number];
type Definition = Readonly<Record<string, unknown>>;

function ofItself(name: string): string {
  return name;
}

const KINDS: { readonly [M in ControlMethod]?: Kind<M> } = {
  "secure-channel-listener.create": {
    kind: "secure-channel-listener",
    name: "address",
    builtIn: { address: "api" },
    show: (node, address) => node.call("secure-channel-listener.show", { address }),
    remove: (node, address) => node.call("secure-channel-listener.delete", { address }),
  },
  "tcp-outlet.create": {
    kind: "tcp-outlet",
    name: "address",
    guards: { allow: ofItself },
    show: (node, name) => node.call("tcp-outlet.show", { name }),
    remove: (node, name) => node.call("tcp-outlet.delete", { name }),
  },
  "relay.create": {
    kind: "relay",
    name: "name",
    fallback: "default",
    show: (node, name) => node.call("relay.show", { name }),
    remove: (node, name) => node.call("relay.delete", { name }),
  },
  "tcp-inlet.create": {
    kind: "tcp-inlet",
    name: "name",
    listensAt: "from",
    guards: { allow: ofItself },
    show: (node, name) => node.call("tcp-inlet.show", { name }),
    remove: (node, name) => node.call("tcp-inlet.delete", { name }),
  },
  "kafka-outlet.create": {
    kind: "kafka-outlet",
    name: "name",
    guards: { allow: ofItself },
    show: (node, name) => node.call("kafka-outlet.show", { name }),
    remove: (node, name) => node.call("kafka-outlet.delete", { name }),
  },
  "kafka-inlet.create": {
    kind: "kafka-inlet",
    name: "name",
    listensAt: "from",
    guards: {
      allow: ofItself,
      allowConsumer: (name) => `kafka-consumer-${name}`,
      allowProducer: (name) => `kafka-producer-${name}`,
    },
    show: (node, name) => node.call("kafka-inlet.show", { name }),
    remove: (node, name) => node.call("kafka-inlet.delete", { name }),
  },
};

// Not a property of the thing, but of the request.
const PASSING = new Set(["connectionWait"]);

/**
 * Has `create` methods make what is not there, replace what is different, and leave alone what is as asked. No two calls
 * take the same thing for theirs.
 */
export class Reconciler {
  readonly #claimed = new Set<string>();
  /** What each node had when it was asked, and has been given since. */
  readonly #known = new Map<string, Stored[]>();

  /** The node, which does so. `onChange` is told what it did. */
  through(node: RunningNode, onChange: (change: Change) => void): RunningNode {
    return {
      name: node.name,
      call: async (method, params, options) => {
        const kind = KINDS[method];
        if (method === "policy.create") return this.#setPolicy(node, method, params, onChange);
        if (kind === undefined) return node.call(method, params, options);
        return this.#ensure({ node, method, kind, params, options }, onChange);
      },
    };
  }

  async #ensure<M extends ControlMethod>(
    wish: Wish<M>,
    onChange: (change: Change) => void,
  ): Promise<ControlResult<M>> {
    const { kind, node, params } = wish;
    const wanted: Definition = { ...params };
    const known = await this.#stored(node);
    const isFree = ({ name }: Stored) => !this.#claimed.has(keyOf(node, kind.kind, name));
    const found = find(kind, wanted, known.filter(isFree));
    if (found !== undefined && isSame(kind, found, wanted)) {
      this.#claimed.add(keyOf(node, kind.kind, found.name));
      const isAllowed = await ensurePolicies(node, kind, found.name, wanted);
      const result = await kind.show(node, found.name);
      onChange(isAllowed ? "unchanged" : "changed");
      return result;
    }
    const result = await replace(wish, found);
    const name = found?.name ?? wanted[kind.name] ?? kind.fallback ?? (await this.#newName(node, kind.kind));
    if (typeof name === "string") this.#note(node, { kind: kind.kind, name, definition: wanted });
    onChange(found === undefined ? "created" : "changed");
    return result;
  }

  async #setPolicy<M extends ControlMethod>(
    node: RunningNode,
    method: M,
    params: ControlParams<M>,
    onChange: (change: Change) => void,
  ): Promise<ControlResult<M>> {
    const before = await node.call("policy.list", {});
    const result = await node.call(method, params);
    const after = await node.call("policy.list", {});
    const isSet = after.length > before.length;
    onChange(isSet ? "created" : isDeepStrictEqual(before, after) ? "unchanged" : "changed");
    return result;
  }

  async #stored(node: RunningNode): Promise<Stored[]> {
    const known = this.#known.get(node.name) ?? [...(await node.call("resource.list", {}))];
    this.#known.set(node.name, known);
    return known;
  }

  /** The name that the node chose. */
  async #newName(node: RunningNode, kind: Stored["kind"]): Promise<string | undefined> {
    const known = this.#known.get(node.name) ?? [];
    const now = await node.call("resource.list", {});
    return now.find(
      (one) => one.kind === kind && !known.some((old) => old.kind === kind && old.name === one.name),
    )?.name;
  }

  #note(node: RunningNode, made: Stored): void {
    this.#claimed.add(keyOf(node, made.kind, made.name));
    this.#known.get(node.name)?.push(made);
  }
}

interface Wish<M extends ControlMethod> {
  readonly node: RunningNode;
  readonly method: M;
  readonly kind: Kind<M>;
  readonly params: ControlParams<M>;
  readonly options: { readonly timeout?: number } | undefined;
}

function find<M extends ControlMethod>(
  kind: Kind<M>,
  wanted: Definition,
  stored: readonly Stored[],
): Stored | undefined {
  const candidates = stored.filter((one) => one.kind === kind.kind);
  const name = wanted[kind.name] ?? kind.fallback;
  if (typeof name === "string") {
    const builtIn: Definition | undefined = kind.builtIn === undefined ? undefined : { ...kind.builtIn };
    const byItself =
      builtIn?.[kind.name] === name ? { kind: kind.kind, name, definition: builtIn } : undefined;
    return candidates.find((one) => one.name === name) ?? byItself;
  }
  const address = kind.listensAt === undefined ? undefined : wanted[kind.listensAt];
  if (address !== undefined && kind.listensAt !== undefined && !isAnyPort(address)) {
    const { listensAt } = kind;
    return candidates.find(({ definition }) => isListeningAt(definition[listensAt], address));
  }
  return candidates.find((one) => isSame(kind, one, wanted));
}

function isSame<M extends ControlMethod>(kind: Kind<M>, { definition }: Stored, wanted: Definition): boolean {
  const keys = new Set([...Object.keys(definition), ...Object.keys(wanted)]);
  return [...keys].every((key) => {
    if (PASSING.has(key) || kind.guards?.[key] !== undefined) return true;
    // What was not asked for was the node's to choose.
    if (key === kind.name && wanted[key] === undefined) return true;
    if (key === kind.listensAt) return isListeningAt(definition[key], wanted[key]);
    return isDeepStrictEqual(plain(shown(definition[key])), plain(shown(wanted[key])));
  });
}

/**
 * Makes the thing in the place of what was found, under the policies that this had unless it is given others. If that
 * fails, the old one comes back: it was somebody's.
 */
async function replace<M extends ControlMethod>(
  { kind, method, node, options, params }: Wish<M>,
  found: Stored | undefined,
): Promise<ControlResult<M>> {
  if (found === undefined) return node.call(method, params, options);
  const policies = Object.fromEntries(await policiesOf(node, kind, found.name));
  await kind.remove(node, found.name);
  try {
    return await node.call(method, { ...policies, ...params }, options);
  } catch (error) {
    const before = { ...policies, ...found.definition } as ControlParams<M>;
    await node.call(method, before).catch(() => undefined);
    throw error;
  }
}

/** Sets the policies that were asked for. Returns whether they were so already. */
async function ensurePolicies<M extends ControlMethod>(
  node: RunningNode,
  kind: Kind<M>,
  name: string,
  wanted: Definition,
): Promise<boolean> {
  const asked = Object.entries(kind.guards ?? {}).flatMap(([param, resourceOf]) => {
    const allow = wanted[param];
    return typeof allow === "string" ? [{ param, allow, resource: resourceOf(name) }] : [];
  });
  if (asked.length === 0) return true;
  const before = await policiesOf(node, kind, name);
  let areSame = true;
  for (const { allow, param, resource } of asked) {
    const { expression } = await node.call("policy.create", { resource, allow });
    areSame &&= before.get(param) === expression;
  }
  return areSame;
}

/** The policies of a thing, by the parameters that set them. */
async function policiesOf<M extends ControlMethod>(
  node: RunningNode,
  { guards = {} }: Kind<M>,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const guarded = Object.entries(guards);
  const found = new Map<string, string>();
  if (guarded.length === 0) return found;
  const policies = await node.call("policy.list", {});
  for (const [param, resourceOf] of guarded) {
    const policy = policies.find(({ resource }) => resource === resourceOf(name));
    if (policy !== undefined) found.set(param, policy.expression);
  }
  return found;
}

function keyOf(node: RunningNode, kind: string, name: string): string {
  return `${node.name}/${kind}/${name}`;
}

/** What a node tells of a value again: of a certificate with its key, the certificate. */
function shown(value: unknown): unknown {
  return typeof value === "object" && value !== null && "certificate" in value ? value.certificate : value;
}

/** A switch that is off, and a list of nothing, are as good as absent. */
function plain(value: unknown): unknown {
  return value === false || (Array.isArray(value) && value.length === 0) ? undefined : value;
}

/** Whether what listens at `bound` was asked to listen at `wanted`: any port with 0, and a name is an address by now. */
function isListeningAt(bound: unknown, wanted: unknown): boolean {
  if (typeof bound !== "string" || typeof wanted !== "string") return bound === wanted;
  const [host, port] = splitAddress(wanted);
  const [boundHost, boundPort] = splitAddress(bound);
  return (port === "0" || port === boundPort) && (host === boundHost || isIP(host) === 0);
}

function isAnyPort(address: unknown): boolean {
  return typeof address === "string" && address.endsWith(":0");
}

function splitAddress(address: string): readonly [host: string, port: string] {
  const colon = address.lastIndexOf(":");
  return [address.slice(0, colon).replaceAll(/[[\]]/g, ""), address.slice(colon + 1)];
}
