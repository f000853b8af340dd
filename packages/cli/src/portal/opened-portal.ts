import type { PortalEnd } from "./portal-ticket.ts";

/** One end of a portal, on this machine. */
export interface OpenedPortal {
  readonly name: string;
  readonly end: PortalEnd;
  readonly node: string;
  /** Where the inlet listens, or where the outlet finds the service. */
  readonly address: string;
  readonly relay: string;
  readonly project: { readonly id: string; readonly name: string };
  /** Whether the way to the other end, or of an outlet to its relay, is open. */
  readonly status: "Up" | "Down";
  /** For the machine of the other end. */
  readonly ticket: string | undefined;
}
