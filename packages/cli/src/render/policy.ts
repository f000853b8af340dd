import type { PolicyStatus } from "@ockam/node";

import type { Style } from "../style.ts";

/** A policy for people. */
export function renderPolicy({ expression, resource }: PolicyStatus, style: Style): string {
  return `${style.name(resource)}: ${expression}`;
}
