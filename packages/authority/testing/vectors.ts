import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A request and its answer, in hex. */
export interface Exchange {
  readonly name?: string;
  readonly service: string;
  readonly request: string;
  readonly response: string;
}

/** What is in vectors/authority.json; see the README.md there. */
export interface Vectors {
  readonly entry: string;
  readonly identifiers: string;
  readonly credential: Omit<Exchange, "service">;
  readonly enrolment: {
    readonly at: number;
    readonly authorityChangeHistory: string;
    readonly subject: string;
    readonly exchanges: readonly Exchange[];
  };
  readonly services: { readonly at: number; readonly exchanges: readonly Exchange[] };
  readonly rustClient: readonly Exchange[];
}

export const vectors = JSON.parse(
  readFileSync(fileURLToPath(new URL("../vectors/authority.json", import.meta.url)), "utf8"),
) as Vectors;
