// Who may register which relay. docs/protocol/relays.md, "Who gets a name".
import { fromHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";

import { RELAY_SERVICE } from "../relays/relay-registration.ts";
import type { NodeTrust } from "../trust/node-trust.ts";
import type { Policies } from "./policies.ts";

/** The attribute that names the relay that a member may register, or {@link ANY_RELAY}. */
export const RELAY_ATTRIBUTE = "ockam-relay";
/** Its value for those who may register any. */
export const ANY_RELAY = "*";

/** Decides about registrations. */
export interface RelayAuthorization {
  /** `identifier`: 64 hex digits; undefined for those who come without a secure channel. `name`: as asked for. */
  allows(identifier: string | undefined, name: string): Promise<boolean>;
  /** Calls `listener` when decisions may come out otherwise, about `identifier` or, without one, anybody. */
  onChange(listener: (identifier: string | undefined) => void): () => void;
}

/**
 * The policy of the service, and with an authority the attribute {@link RELAY_ATTRIBUTE} as well. Nothing is remembered:
 * each decision takes what holds now.
 */
export function relayAuthorization(
  policies: Policies,
  trust: NodeTrust,
  now: () => number,
): RelayAuthorization {
  const guard = policies.guard({ name: RELAY_SERVICE, type: "relay" });
  return {
    async allows(identifier, name) {
      const subject = identifier === undefined ? undefined : new Identifier(fromHex(identifier));
      if (!(await guard.allows(subject))) return false;
      if (trust.authority === undefined) return true;
      if (subject === undefined) return false;
      // Whoever cannot be looked up has no right.
      const entry = await trust.attributes.get(subject, trust.authority, now()).catch(() => undefined);
      const permitted = entry?.attributes.text(RELAY_ATTRIBUTE);
      return permitted === ANY_RELAY || permitted === name;
    },
    onChange: (listener) => policies.onChange((subject) => listener(subject?.hex)),
  };
}
