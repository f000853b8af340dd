import type { Terminal } from "./terminal.ts";

/** What a node says of a Kafka portal that nobody may use yet. */
export interface WarnedPortal {
  readonly name: string;
  readonly warning?: string | null;
}

/** Tells it, and how policies are set now that the portal is there. */
export function warnOfPolicies({ name, warning }: WarnedPortal, terminal: Terminal): void {
  if (typeof warning !== "string") return;
  terminal.warn(`${warning}. 'ockam policy create --resource ${name} --allow POLICY' does so afterwards`);
}
