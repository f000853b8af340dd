import type { Route, RoutedConnection } from "@ockam/core-routing";
import type { SecureChannel } from "@ockam/secure-channel";

/** What was opened for a route. */
export type RoutePart = RoutedConnection | SecureChannel;

/** A route with the connection and the channels that were opened for it. It owns them. */
export class BuiltRoute implements AsyncDisposable {
  /** The whole way, the last worker included. */
  readonly route: Route;
  /** The multiaddress with `/node/<name>` replaced. */
  readonly text: string;
  /** In the order of opening. */
  readonly channels: readonly SecureChannel[];
  /** Resolves when one of the parts has closed, with the cause if it was not in order. */
  readonly closed: Promise<Error | undefined>;
  readonly #parts: readonly RoutePart[];

  constructor(
    route: Route,
    text: string,
    parts: readonly RoutePart[],
    borrowed?: Promise<Error | undefined>,
  ) {
    this.route = route;
    this.text = text;
    this.#parts = parts;
    this.channels = parts.filter((part) => "peer" in part && "role" in part);
    const ends = parts.map((part) => part.closed);
    this.closed = Promise.race(borrowed === undefined ? ends : [...ends, borrowed]);
  }

  /** Closes what was opened, the innermost first, so that each can still say goodbye through the next. */
  async close(): Promise<void> {
    await closeParts(this.#parts);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Closes parts in the reverse order of their opening. */
export async function closeParts(parts: readonly RoutePart[]): Promise<void> {
  for (const part of parts.toReversed()) await part.close();
}
