// Who may use what of a node. docs/protocol/policies.md, "Policies of a node".
import type { AccessControl } from "@ockam/core-routing";
import type { Attributes } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";
import {
  DEFAULT_POLICY,
  HANDLE_MESSAGE,
  Policy,
  policyAccessControl,
  RESOURCE_TYPES,
  subjectEnvironment,
} from "@ockam/policy";
import type { ResourceType } from "@ockam/policy";

import type { NodeGround } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import type { PolicyStatus } from "../status/node-status.ts";
import type { NodeTrust } from "../trust/node-trust.ts";
import type { PolicyStore } from "./policy-store.ts";
import { attestedNameIn, readTypedPolicy } from "./typed-policy.ts";

/** Policies by resource name that one node keeps. */
export const MAX_RESOURCE_POLICIES = 10_000;

/** The longest name of a resource that a policy is set for, in UTF-16 units. */
export const MAX_RESOURCE_NAME_LENGTH = 512;

/** What a policy is asked about. */
export interface GuardedResource {
  readonly name: string;
  readonly type: ResourceType;
  /** Whether favourable decisions may be remembered for a moment; false by default. */
  readonly remember?: boolean;
  /** Denies everybody as long as no policy is in force; by default everybody may pass then. */
  readonly needsPolicy?: boolean;
}

/** The checks of one resource. As long as no policy is in force, they let everybody pass, or nobody who {@link GuardedResource.needsPolicy needs} one. */
export interface ResourceGuard {
  readonly incoming: AccessControl;
  readonly outgoing: AccessControl;
  /** Whether it allows this subject now; undefined stands for somebody without a secure channel. */
  allows(subject: Identifier | undefined): boolean | Promise<boolean>;
  /** Whether it would allow this subject if these attributes were attested of it; undefined: none. */
  allowsWith(subject: Identifier, attributes: Attributes | undefined): boolean;
}

/** A policy that was set, or deleted: without a policy it denies. */
interface Entry {
  readonly text: string;
  /** Undefined also for text that cannot be read. */
  readonly policy: Policy | undefined;
}

/**
 * The policies of a node, by the names and types of resources. With an authority each resource has one; without, only
 * those are in force that were set here. Every decision takes what holds now.
 */
export class Policies {
  readonly #ground: NodeGround;
  readonly #trust: NodeTrust;
  readonly #store: PolicyStore;
  /** Types and names do not overlap: a resource name that is a type's is refused. */
  readonly #entries: Map<string, Entry>;
  /** What has checks at present. */
  readonly #guarded = new Set<GuardedResource>();
  readonly #listeners = new Set<(subject: Identifier | undefined) => void>();

  constructor(ground: NodeGround, trust: NodeTrust, store: PolicyStore) {
    this.#ground = ground;
    this.#trust = trust;
    this.#store = store;
    this.#entries = new Map(store.list().map(({ expression, name }) => [name, readStored(expression)]));
    trust.onChange((subject) => this.#tell(subject));
  }

  /** The checks for a resource, which follow all changes, until it is released. */
  guard(resource: GuardedResource): ResourceGuard {
    this.#guarded.add(resource);
    const { log, router } = this.#ground;
    const { attributes, authority } = this.#trust;
    const control = policyAccessControl({
      router,
      policy: () => this.#policyOf(resource),
      resource: resource.name,
      remember: resource.remember ?? false,
      log,
      ...(authority === undefined ? {} : { authority: { identifier: authority, attributes } }),
    });
    const isOpen = resource.needsPolicy !== true;
    return {
      incoming: {
        isAuthorized: (message) =>
          this.isInForce(resource) ? control.incoming.isAuthorized(message) : isOpen,
      },
      outgoing: {
        isAuthorized: (message) =>
          this.isInForce(resource) ? control.outgoing.isAuthorized(message) : isOpen,
      },
      allows: (subject) => {
        if (!this.isInForce(resource)) return isOpen;
        return subject === undefined ? false : control.allows(subject);
      },
      allowsWith: (subject, attested) => {
        if (!this.isInForce(resource)) return isOpen;
        const known = authority === undefined ? {} : { attributes: attested };
        const situation = { subject, resource: resource.name, ...known };
        return this.#policyOf(resource)?.allows(subjectEnvironment(situation)) === true;
      },
    };
  }

  /** Whether anything is asked of those who use a resource. */
  isInForce({ name, type }: GuardedResource): boolean {
    if (this.#trust.authority !== undefined) return true;
    return [name, type].some((key) => (this.#entries.get(key)?.text ?? "") !== "");
  }

  /**
   * Sets the policy of a type or, for any other word, of the resources of that name.
   * @throws OckamError OCKAM_NODE_INVALID_POLICY, OCKAM_NODE_INVALID_NAME
   */
  set(resource: string, allow: string): PolicyStatus {
    expectResourceName(resource);
    const policy = readTypedPolicy(allow);
    const isNew = !this.#entries.has(resource);
    if (isNew && this.#entries.size >= MAX_RESOURCE_POLICIES)
      throw nodeError("INVALID_POLICY", `a node keeps ${MAX_RESOURCE_POLICIES} policies; delete some first`);
    this.#put(resource, { text: String(policy), policy });
    return { ...statusOf(resource, String(policy)), warning: this.#warningOf(policy) };
  }

  /**
   * Sets the policy of a resource that is about to be made. One that could allow nobody is refused.
   * @returns a function that undoes it.
   * @throws OckamError OCKAM_NODE_INVALID_POLICY, OCKAM_NODE_INVALID_NAME
   */
  setForNew(resource: string, allow: string): () => void {
    const policy = readTypedPolicy(allow);
    const unknown = this.#trust.authority === undefined ? attestedNameIn(policy) : undefined;
    if (unknown !== undefined)
      throw nodeError(
        "INVALID_POLICY",
        `the policy asks for ${unknown}, and this node has no authority that attests attributes; ` +
          `name identifiers, as in (= subject.identifier "I…"), or give the node an authority`,
        { details: { unknown } },
      );
    if (isResourceType(resource))
      throw nodeError("INVALID_NAME", `${resource} is a type of resources: choose another name`);
    const other = [...this.#guarded].find((each) => each.name === resource);
    if (other !== undefined)
      throw nodeError(
        "INVALID_POLICY",
        `there is a ${other.type} ${resource} as well, and policies are by name: choose another name`,
      );
    const before = this.#entries.get(resource);
    this.set(resource, allow);
    return () => {
      if (before === undefined) this.#remove(resource);
      else this.#put(resource, before);
    };
  }

  /** The policy of a type or name. @throws OckamError OCKAM_NODE_POLICY_NOT_FOUND */
  show(resource: string): PolicyStatus {
    const policy = this.list().find((each) => each.resource === resource);
    if (policy !== undefined) return policy;
    throw nodeError(
      "POLICY_NOT_FOUND",
      `there is no policy for ${resource}; "ockam policy list" shows those that are there`,
    );
  }

  /** Those of the types first. */
  list(): readonly PolicyStatus[] {
    const types = RESOURCE_TYPES.map((type) => ({
      name: type as string,
      text: this.#entries.get(type)?.text ?? String(DEFAULT_POLICY),
    }));
    const names = Array.from(this.#entries, ([name, { text }]) => ({ name, text }))
      .filter(({ name }) => !isResourceType(name))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return [...types, ...names]
      .filter(({ text }) => text !== "")
      .map(({ name, text }) => statusOf(name, text));
  }

  /**
   * Deletes a policy. Where there is an authority, a type without one denies everybody.
   * @throws OckamError OCKAM_NODE_POLICY_NOT_FOUND
   */
  delete(resource: string): PolicyStatus {
    const policy = this.show(resource);
    if (isResourceType(resource)) this.#put(resource, { text: "", policy: undefined });
    else this.#remove(resource);
    return policy;
  }

  /** Deletes the policy of a resource that was deleted, unless another one has the same name. */
  forget(resource: GuardedResource): void {
    this.release(resource);
    if (![...this.#guarded].some(({ name }) => name === resource.name)) this.#remove(resource.name);
  }

  /** Of a resource that is not there any more, though its policy stays. */
  release(resource: GuardedResource): void {
    this.#guarded.delete(resource);
  }

  /**
   * Calls `listener` when decisions about a subject may come out otherwise from now on; without a subject, about anybody.
   * @returns a function that ends it.
   */
  onChange(listener: (subject: Identifier | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Of the name; else of the type; else nobody is allowed. */
  #policyOf({ name, type }: GuardedResource): Policy | undefined {
    const entry = this.#entries.get(name) ?? this.#entries.get(type);
    return entry === undefined ? DEFAULT_POLICY : entry.policy;
  }

  #remove(resource: string): void {
    if (!this.#entries.delete(resource)) return;
    this.#store.delete(scopeOf(resource), resource);
    this.#tell(undefined);
  }

  #put(resource: string, entry: Entry): void {
    this.#store.put({ scope: scopeOf(resource), name: resource, expression: entry.text });
    this.#entries.set(resource, entry);
    this.#tell(undefined);
  }

  #warningOf(policy: Policy): string | null {
    const unknown = this.#trust.authority === undefined ? attestedNameIn(policy) : undefined;
    if (unknown === undefined) return null;
    return `This node has no authority that could attest ${unknown}: the policy denies everybody`;
  }

  #tell(subject: Identifier | undefined): void {
    for (const listener of this.#listeners) listener(subject);
  }
}

/** Whether a word is the name of a type of resources. */
export function isResourceType(word: string): word is ResourceType {
  return RESOURCE_TYPES.some((type) => type === word);
}

function scopeOf(resource: string): "type" | "resource" {
  return isResourceType(resource) ? "type" : "resource";
}

function statusOf(resource: string, expression: string): PolicyStatus {
  return { resource, action: HANDLE_MESSAGE, expression };
}

function expectResourceName(name: string): void {
  if (name !== "" && name.length <= MAX_RESOURCE_NAME_LENGTH && !/\p{Cc}/u.test(name)) return;
  throw nodeError(
    "INVALID_NAME",
    `a policy is for a resource with 1 to ${MAX_RESOURCE_NAME_LENGTH} characters in its name, and no control characters`,
  );
}

/** What cannot be read denies: it meant something. */
function readStored(text: string): Entry {
  try {
    return { text, policy: Policy.parse(text, { form: "full" }) };
  } catch {
    return { text, policy: undefined };
  }
}
