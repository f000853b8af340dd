import type { PolicyStatus } from "@ockam/node";

import { literal, named, string } from "../json-shape.ts";
import type { Style } from "../style.ts";

/** A policy as `--output json` prints it. */
export const POLICY = named("Policy", {
  resource: string("a type, or the name of one thing"),
  action: literal("handle_message"),
  expression: string("in full form"),
});

/** A policy for people. */
export function renderPolicy({ expression, resource }: PolicyStatus, style: Style): string {
  return `${style.name(resource)}: ${expression}`;
}
