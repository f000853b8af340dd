import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, test } from "vitest";

import { dryRunRecipe } from "./dry-run.ts";
import { readRecipe, recipeTable, type Recipe, type RecipeTable } from "./recipe.ts";

let table: RecipeTable;

beforeAll(async () => {
  table = await recipeTable();
});

function read(text: string): Recipe {
  return readRecipe({ text, source: "ockam.yml", table, variables: new Map(), environment: {} });
}

function lines(text: string): readonly string[] {
  return dryRunRecipe(read(text)).machine?.split("\n") ?? [];
}

test("everything comes when it is needed, wherever it is written", () => {
  const text = [
    "tcp-inlet: {web: {at: n1, to: /node/n2/secure/api/service/db}}",
    "tcp-outlet: {db: {at: n2, to: 5432}}",
    "nodes: [n1, {n2: {identity: bob, tcp_listener_address: ':4000'}}]",
    "ticket: secret",
    "identities: {bob: {vault: v1}}",
    "vault: v1",
  ].join("\n");
  expect(lines(text)).toEqual([
    "ockam vault create v1",
    "ockam identity create bob --vault v1",
    "ockam project enroll ***",
    "ockam node create n1",
    "ockam node create n2 --identity bob --tcp-listener-address :4000",
    "ockam tcp-outlet create db --at n2 --to 5432",
    "ockam tcp-inlet create web --at n1 --to /node/n2/secure/api/service/db",
  ]);
});

test("the only node is the one that things are at", () => {
  expect(lines("node: n1\ntcp-outlet: {to: 1}\nrelay: {at: r}")).toEqual([
    "ockam node create n1",
    "ockam relay create --at r --to n1",
    "ockam tcp-outlet create --to 1 --at n1",
  ]);
});

describe("is refused at its place:", () => {
  test.each([
    ["nodes: [n1, n2]\ntcp-outlet: {to: 1}", "2:13: this tcp-outlet does not say at which node it is"],
    ["tcp-outlet: {to: 1}", "1:13: this tcp-outlet does not say at which node it is"],
    ["nodes: {n1: {foreground: true}}", "1:14: nodes have no option foreground"],
    ["nodes: {n1: {configuration: x}}", "1:14: nodes have no option configuration"],
    ["vaults: [v1]\nnodes: [n1, n.2]", "2:13: 'n.2' is no name for a node"],
    ["node: n1\nname: n1", "2:1: a configuration has no key name"],
    ["vaults: [v1]\nvault: v2", "2:1: vault is here twice: line 1, too"],
    ["services: {}", "1:1: a configuration has no key services"],
  ])("%j", (text, message) => {
    expect(() => read(text)).toThrow(`ockam.yml:${message}`);
  });
});

test("the recipe on the page is one", () => {
  const page = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
  const recipe = /^```yml\n(.*?)^```$/ms.exec(page)?.[1];
  expect(lines(recipe!)).toContain(
    "ockam tcp-inlet create web --at n2 --from 15432 --to /node/n1/secure/api/service/db",
  );
});
