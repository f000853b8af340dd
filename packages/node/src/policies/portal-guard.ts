// Ends the connections of those who may not use a portal any more. docs/protocol/policies.md, "Open connections".
import { fromHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";
import type { PortalAdmission, PortalConnection } from "@ockam/portal-tcp";

import type { GuardedResource, Policies, ResourceGuard } from "./policies.ts";

/** Who may begin a connection through an inlet or outlet, and who may go on. */
export class PortalGuard {
  readonly #guard: ResourceGuard;
  readonly #policies: Policies;
  readonly #resource: GuardedResource;
  #connections: () => readonly PortalConnection[] = () => [];
  readonly #unsubscribe: () => void;
  /** Whom to decide about again: hex; undefined: all. */
  #due: Set<string | undefined> = new Set();
  #isScheduled = false;
  #isClosed = false;

  constructor(policies: Policies, resource: GuardedResource) {
    this.#policies = policies;
    this.#resource = resource;
    this.#guard = policies.guard(resource);
    this.#unsubscribe = policies.onChange((subject) => this.#changed(subject));
  }

  /** For the portal: asked when a connection begins. */
  get admit(): PortalAdmission {
    return (peerIdentifier) => this.#guard.allows(subjectOf(peerIdentifier));
  }

  /** Looks after the connections of the portal from now on. */
  watch(connections: () => readonly PortalConnection[]): void {
    this.#connections = connections;
  }

  /** Looks after them no more. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#policies.release(this.#resource);
  }

  /** The portal was deleted: so is its policy. */
  forget(): void {
    this.close();
    this.#policies.forget(this.#resource);
  }

  #changed(subject: Identifier | undefined): void {
    this.#due.add(subject?.hex);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Later than what was decided before the change: its connection is there by then.
    setImmediate(() => void this.#decide());
  }

  async #decide(): Promise<void> {
    const due = this.#due;
    this.#due = new Set();
    this.#isScheduled = false;
    const peers = new Set(this.#connections().map(({ peerIdentifier }) => peerIdentifier));
    for (const peer of peers) {
      if (this.#isClosed) return;
      if (!due.has(undefined) && !due.has(peer)) continue;
      if (await this.#guard.allows(subjectOf(peer))) continue;
      for (const connection of this.#connections())
        if (connection.peerIdentifier === peer) connection.reset("notAllowed");
    }
  }
}

function subjectOf(peerIdentifier: string | undefined): Identifier | undefined {
  return peerIdentifier === undefined ? undefined : new Identifier(fromHex(peerIdentifier));
}
