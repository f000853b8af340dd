import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Environment, PolicyValue } from "../src/policy-value.ts";

type JsonValue = string | number | boolean | readonly JsonValue[];

interface PolicyVector {
  readonly id: number;
  readonly description: string;
  readonly policy: string;
  readonly environment: string;
  readonly form?: "boolean" | "full";
  readonly canonical?: string;
  readonly expected: boolean | "non-boolean" | "eval-error" | "parse-error";
  readonly error?: "Unbound" | "Unknown" | "InvalidType" | "TypeMismatch" | "Malformed";
  readonly authorized: boolean;
}

interface Vectors {
  readonly environments: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
  readonly vectors: readonly PolicyVector[];
  readonly round_trip: readonly { readonly text: string; readonly canonical: string }[];
  readonly boolean_to_full: readonly { readonly boolean: string; readonly full: string }[];
  readonly boolean_parse_errors: readonly string[];
  readonly cbor: readonly { readonly policy_expression: string; readonly hex: string }[];
}

interface Observations {
  readonly full: readonly { readonly text: string; readonly full: string | null }[];
  readonly differences: readonly {
    readonly text: string;
    readonly rust: string | null;
    readonly ours: string;
  }[];
  readonly decisions: readonly { readonly policy: string; readonly allowed: boolean }[];
}

/** The vectors of the protocol's description. */
export const vectors = load("policies.json") as Vectors;

/** What the Rust implementation did. */
export const observations = load("ockam-0.150.0.json") as Observations;

/** All texts of the vectors and observations, valid or not. */
export const TEXTS: readonly string[] = [
  ...vectors.vectors.map((vector) => vector.policy),
  ...vectors.boolean_to_full.map((vector) => vector.boolean),
  ...vectors.boolean_parse_errors,
  ...observations.full.map((observation) => observation.text),
  ...observations.differences.map((observation) => observation.text),
  ...observations.decisions.map((observation) => observation.policy),
];

/** The environment of this name. */
export function environmentOf(name: string): Environment {
  const found = vectors.environments[name];
  if (found === undefined) throw new Error(`no environment ${name}`);
  return new Map(Object.entries(found).map(([key, value]) => [key, valueOf(value)]));
}

function valueOf(value: JsonValue): PolicyValue {
  if (typeof value === "number") return BigInt(value);
  return typeof value === "object" ? value.map(valueOf) : value;
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`../vectors/${name}`, import.meta.url)), "utf8"));
}
