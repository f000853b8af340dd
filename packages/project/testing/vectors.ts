import { readFileSync } from "node:fs";

/** What Rust made: vectors/README.md. */
export const RUST = JSON.parse(
  readFileSync(new URL("../vectors/ockam-0.150.0.json", import.meta.url), "utf8"),
) as {
  readonly project: Readonly<Record<string, unknown>>;
  readonly tickets: {
    readonly text: string;
    readonly hex: string;
    readonly json: Readonly<Record<string, unknown>>;
    readonly legacy: string;
    readonly "legacy-json": Readonly<Record<string, unknown>>;
  };
};
