// Policies as access control. docs/protocol/policies.md, "Where policies are asked".
import type { Log } from "@ockam/codec";
import { fromHex, silentLog } from "@ockam/codec";
import type { AccessControl, Message, Router } from "@ockam/core-routing";
import { SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";
import type { AttributesEntry, AttributeStorage } from "@ockam/credentials";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import { DECISION_LIFETIME } from "./constants.ts";
import type { Policy } from "./policy.ts";
import { excerpt } from "./policy-text.ts";
import type { Environment } from "./policy-value.ts";
import { RememberedDecisions } from "./remembered-decisions.ts";
import { subjectEnvironment } from "./subject-environment.ts";
import { ToldDenials } from "./told-denials.ts";

/** Options of {@link policyAccessControl}. */
export interface PolicyAccessControlOptions {
  /** Where the far ends of routes are looked up. */
  readonly router: Pick<Router, "mailbox">;
  /** The policy, or how to look it up, at each decision; undefined, or an error, denies. */
  readonly policy: Policy | (() => Policy | undefined | Promise<Policy | undefined>);
  /** `resource.id`: the name of what is guarded. */
  readonly resource: string;
  /** `action.id`, `handle_message` by default. */
  readonly action?: string;
  /** Whose attributes count. Without one, a policy knows of a subject only its identifier. */
  readonly authority?: { readonly identifier: Identifier; readonly attributes: AttributeStorage };
  /** Whether to remember favourable decisions for a moment, {@link DECISION_LIFETIME}; true by default. */
  readonly remember?: boolean;
  /** Seconds since 1970; the system's clock by default. */
  readonly now?: () => number;
  /** Told of what is denied, and why: as a warning, and when that repeats itself for debugging. */
  readonly log?: Log;
}

/** The two checks of a policy, for the mailboxes of what it guards. */
export interface PolicyAccessControl {
  /** Lets messages in that came through a secure channel whose peer the policy allows. */
  readonly incoming: AccessControl;
  /** Lets messages out whose route leaves the node through a secure channel whose peer the policy allows. */
  readonly outgoing: AccessControl;
  /** Whether the policy allows this subject now. */
  readonly allows: (subject: Identifier) => Promise<boolean>;
}

/**
 * Guards a worker by a policy. Whatever is missing denies: a secure channel, a policy, an attribute that it names;
 * so does whatever fails. A favourable decision is good for {@link DECISION_LIFETIME}, never beyond the expiry of the
 * attributes that it rests on; changes of policies and attributes are effective within that time.
 */
export function policyAccessControl(options: PolicyAccessControlOptions): PolicyAccessControl {
  const decisions = new Decisions(options);
  return {
    incoming: { isAuthorized: (message) => decisions.decide(senderOf(message)) },
    outgoing: { isAuthorized: (message) => decisions.decide(receiverOf(message, options.router)) },
    allows: async (subject) => decisions.decide(subject),
  };
}

class Decisions {
  readonly #options: PolicyAccessControlOptions;
  readonly #remembered = new RememberedDecisions();
  readonly #told = new ToldDenials();
  readonly #log: Log;

  constructor(options: PolicyAccessControlOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
  }

  /** At once for who was let pass a moment ago. */
  decide(subject: Identifier | undefined): boolean | Promise<boolean> {
    if (subject === undefined) {
      this.#denied("a message", "it does not travel through a secure channel of this node");
      return false;
    }
    return this.#remembered.has(subject.hex) || this.#evaluate(subject);
  }

  async #evaluate(subject: Identifier): Promise<boolean> {
    const started = performance.now();
    try {
      const policy = await this.#policy();
      if (policy === undefined) return this.#denied(String(subject), "there is no policy");
      const now = this.#now();
      const entry = await this.#attributesOf(subject, now);
      const environment = this.#environment(subject, entry);
      const value = policy.evaluate(environment);
      if (value !== true) {
        const outcome = value === false ? "it is false" : "it comes to neither true nor false";
        return this.#denied(
          String(subject),
          `${excerpt(String(policy), "start")}: ${outcome}${known(environment)}`,
        );
      }
      // Attributes that end within the next second, by a clock of whole seconds, are no ground to stand on that long.
      const lasts = entry === undefined || entry.expiresAt - now > DECISION_LIFETIME / 1000;
      if (lasts && this.#options.remember !== false) this.#remembered.add(subject.hex, started);
      return true;
    } catch (error) {
      return this.#denied(String(subject), "the policy could not be evaluated", error);
    }
  }

  #policy(): Policy | undefined | Promise<Policy | undefined> {
    const { policy } = this.#options;
    return typeof policy === "function" ? policy() : policy;
  }

  #now(): number {
    return this.#options.now?.() ?? Math.floor(Date.now() / 1000);
  }

  async #attributesOf(subject: Identifier, now: number): Promise<AttributesEntry | undefined> {
    const { authority } = this.#options;
    const entry = await authority?.attributes.get(subject, authority.identifier, now);
    const isGood =
      entry !== undefined &&
      entry.expiresAt > now &&
      entry.subject.equals(subject) &&
      authority?.identifier.equals(entry.attestedBy) === true;
    return isGood ? entry : undefined;
  }

  #environment(subject: Identifier, entry: AttributesEntry | undefined): Environment {
    const { resource, action, authority } = this.#options;
    return subjectEnvironment({
      subject,
      resource,
      ...(action === undefined ? {} : { action }),
      ...(authority === undefined ? {} : { attributes: entry?.attributes }),
    });
  }

  #denied(subject: string, reason: string, error?: unknown): false {
    const message = `${this.#options.resource}: ${subject} is denied: ${reason}`;
    const level = this.#told.isNews(message) ? "warn" : "debug";
    this.#log({ level, area: "policy", message, ...(error === undefined ? {} : { error }) });
    return false;
  }
}

const PEER_IDENTIFIER = /^[0-9a-f]{64}$/;
const IDENTIFIER_HEAD: readonly number[] = [0x58, IDENTIFIER_LENGTH];

/** The peer of the channel that a message came through: what the decryptor wrote down, and nobody else could. */
function senderOf({ localInfo }: Message): Identifier | undefined {
  const infos = localInfo.filter(({ type }) => type === SECURE_CHANNEL_IDENTIFIER);
  const data = infos[0]?.data;
  if (infos.length !== 1 || data?.length !== IDENTIFIER_HEAD.length + IDENTIFIER_LENGTH) return undefined;
  if (!IDENTIFIER_HEAD.every((byte, index) => data[index] === byte)) return undefined;
  return new Identifier(data.subarray(IDENTIFIER_HEAD.length));
}

/** The peer of the first place where the route leaves the node, when that is a secure channel. */
function receiverOf({ onwardRoute }: Message, router: Pick<Router, "mailbox">): Identifier | undefined {
  for (const address of onwardRoute) {
    const terminal = router.mailbox(address)?.terminal;
    if (terminal === undefined) continue;
    const hex = terminal.peerIdentifier ?? "";
    return PEER_IDENTIFIER.test(hex) ? new Identifier(fromHex(hex)) : undefined;
  }
  return undefined;
}

/** Names, never values. */
function known(environment: Environment): string {
  return ` (known: ${[...environment.keys()].join(", ")})`;
}
