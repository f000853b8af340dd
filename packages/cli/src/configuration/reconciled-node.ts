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
  /** What every node has without being told to. */
  readonly builtIn?: ControlParams<M>;
  show(node: RunningNode, name: string): Promise<ControlResult<M>>;
  remove(node: RunningNode, name: string): Promise<unknown>;
}

type Stored = ControlResult<"resource.list">[number];
type Definition = Readonly<Record<string, unknown>>;

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
    show: (node, name) => node.call("tcp-inlet.show", { name }),
    remove: (node, name) => node.call("tcp-inlet.delete", { name }),
  },
};

// Not a property of the thing, but of the request.
const PASSING = new Set(["connectionWait"]);

/**
 * A node at which a `create` method makes what is not there, replaces what is different, and leaves alone what is as
 * asked. `onChange` is told which of these it was. Of several nodes made with one `claimed`, no two calls take the same
 * thing for theirs.
 */
export function reconciledNode(
  node: RunningNode,
  claimed: Set<string>,
  onChange: (change: Change) => void,
): RunningNode {
  return {
    name: node.name,
    async call<M extends ControlMethod>(
      method: M,
      params: ControlParams<M>,
      options?: { readonly timeout?: number },
    ): Promise<ControlResult<M>> {
      const kind = KINDS[method];
      if (kind === undefined) return node.call(method, params, options);
      const stored = await node.call("resource.list", {});
      const isFree = ({ name }: Stored) => !claimed.has(keyOf(node, kind.kind, name));
      const wanted: Definition = { ...params };
      const found = find(kind, wanted, stored.filter(isFree));
      if (found !== undefined) claimed.add(keyOf(node, kind.kind, found.name));
      if (found !== undefined && isSame(kind, found, wanted)) {
        const result = await kind.show(node, found.name);
        onChange("unchanged");
        return result;
      }
      const result = await replace(node, method, kind, found, () => node.call(method, params, options));
      const after = await node.call("resource.list", {});
      const made = after.find(
        (one) => one.kind === kind.kind && !stored.some(({ name }) => name === one.name),
      );
      if (made !== undefined) claimed.add(keyOf(node, kind.kind, made.name));
      onChange(found === undefined ? "created" : "changed");
      return result;
    },
  };
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
    if (PASSING.has(key)) return true;
    // What was not asked for was the node's to choose.
    if (key === kind.name && wanted[key] === undefined) return true;
    if (key === kind.listensAt) return isListeningAt(definition[key], wanted[key]);
    return isDeepStrictEqual(plain(definition[key]), plain(wanted[key]));
  });
}

/** Makes the thing in the place of what was found. If that fails, the old one comes back: it was somebody's. */
async function replace<M extends ControlMethod>(
  node: RunningNode,
  method: M,
  kind: Kind<M>,
  found: Stored | undefined,
  create: () => Promise<ControlResult<M>>,
): Promise<ControlResult<M>> {
  if (found === undefined) return create();
  await kind.remove(node, found.name);
  try {
    return await create();
  } catch (error) {
    await node.call(method, found.definition as ControlParams<M>).catch(() => undefined);
    throw error;
  }
}

function keyOf(node: RunningNode, kind: string, name: string): string {
  return `${node.name}/${kind}/${name}`;
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
