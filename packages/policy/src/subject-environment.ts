import type { Attributes } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";

import type { Environment, PolicyValue } from "./policy-value.ts";

/** The one action that there is: to handle a message. */
export const HANDLE_MESSAGE = "handle_message";

/** What a decision is about. */
export interface Situation {
  /** Whoever sent the message, or is to receive it. */
  readonly subject: Identifier;
  /** The name of what is to be used: an inlet, an outlet, a service. */
  readonly resource?: string;
  /** What is to be done with it, {@link HANDLE_MESSAGE} by default. */
  readonly action?: string;
  /** What the authority attests of the subject; `undefined` when it attests nothing. Leave it out without an authority. */
  readonly attributes?: Attributes | undefined;
}

/**
 * What policies know: `subject.identifier`; `subject.has_credential` and `subject.<attribute>` where there is an
 * authority; `resource.id` and `action.id`. Attributes that are not UTF-8 are left out, as are those that would pass
 * for the first two. docs/protocol/policies.md, "What a policy knows".
 */
export function subjectEnvironment(situation: Situation): Environment {
  const { subject, resource, action = HANDLE_MESSAGE, attributes } = situation;
  const environment = new Map<string, PolicyValue>();
  if (attributes !== undefined) {
    for (const [name, value] of attributes.toText()) {
      environment.set(`subject.${name}`, value);
    }
  }
  // Last, so that no attribute takes their place.
  environment.set("subject.identifier", subject.toString());
  if ("attributes" in situation) environment.set("subject.has_credential", attributes !== undefined);
  if (resource !== undefined) environment.set("resource.id", resource);
  environment.set("action.id", action);
  return environment;
}
