/** Why a connection is ended on purpose. */
export type PortalResetReason = "closed" | "notAllowed";

/** What an inlet or outlet tells about one of its connections. The numbers are of the moment they are read. */
export interface PortalConnection {
  /** The application at this end: `host:port` of the client or of the target. */
  readonly local: string;
  /** The identity at the other end, 64 hex digits, when a secure channel leads there. */
  readonly peerIdentifier: string | undefined;
  /** Whether data flow already, or the other end has yet to answer. */
  readonly state: "opening" | "open";
  /** Whether the other end takes part in credit and half-close, which Rust does not. */
  readonly streamControl: boolean;
  /** When it began, in milliseconds since the epoch. */
  readonly openedAt: number;
  /** Bytes of data from the application at this end to the other one. */
  readonly bytesSent: number;
  /** Bytes of data from the other end. */
  readonly bytesReceived: number;
  /** Bytes from the other end that the application has not taken yet. */
  readonly bytesPending: number;
  /**
   * Ends it now: both applications see a reset. With "notAllowed" both ends say that a policy forbids it; the default is
   * that the portal was closed.
   */
  reset(reason?: PortalResetReason): void;
}
