import { OckamError } from "@ockam/codec";
import { expect, test } from "vitest";

import type { CollectedText } from "../testing/collected-text.ts";
import { keys, testTerminal, typed } from "../testing/test-terminal.ts";
import { deleteItems, notFound, type DeleteItemsOptions } from "./delete-items.ts";
import { createStyle } from "./style.ts";

function scene(over: Partial<DeleteItemsOptions> = {}): {
  readonly options: DeleteItemsOptions;
  readonly removed: string[];
  readonly stderr: CollectedText;
} {
  const removed: string[] = [];
  const { terminal, stderr } = testTerminal();
  return {
    removed,
    stderr,
    options: {
      terminal,
      kind: "node",
      existing: ["n1", "n2"],
      name: undefined,
      all: false,
      yes: true,
      remove: async (name) => void removed.push(name),
      json: (name) => ({ name }),
      machine: (name) => name,
      ...over,
    },
  };
}

async function refuseN1(name: string): Promise<void> {
  if (name === "n1") throw new OckamError("OCKAM_X", "it is in use");
}

test("one by its name", async () => {
  const { options, removed } = scene({ name: "n1" });
  const result = await deleteItems(options);
  expect(removed).toEqual(["n1"]);
  expect([result?.json(), result?.machine]).toEqual([{ name: "n1" }, "n1"]);
  expect(result?.plain(createStyle(false))).toBe("  ✔ The node n1 was deleted");
});

test("all of them", async () => {
  const { options, removed } = scene({ all: true });
  const result = await deleteItems(options);
  expect(removed).toEqual(["n1", "n2"]);
  expect([result?.json(), result?.machine]).toEqual([[{ name: "n1" }, { name: "n2" }], "n1\nn2"]);
});

test("of all, one that cannot be deleted is a warning", async () => {
  const { options, stderr } = scene({ all: true, remove: refuseN1 });
  expect((await deleteItems(options))?.json()).toEqual([{ name: "n2" }]);
  expect(stderr.text).toBe("  ! The node n1 was not deleted: it is in use\n");
  await expect(deleteItems(scene({ name: "n1", remove: refuseN1 }).options)).rejects.toMatchObject({
    code: "OCKAM_X",
  });
});

test("nothing there, and nothing named", async () => {
  expect((await deleteItems(scene({ existing: [], name: "n1" }).options))?.json()).toEqual([]);
  const { options, removed } = scene();
  expect((await deleteItems(options))?.json()).toEqual([]);
  expect(removed).toEqual([]);
});

test("an unknown name, with the nearest one as the hint", async () => {
  await expect(deleteItems(scene({ name: "n3" }).options)).rejects.toMatchObject({
    code: "OCKAM_CLI_NOT_FOUND",
    message: "The node n3 was not found",
    details: { hint: "did you mean 'n1'?" },
  });
});

test("a name where there is none at all", () => {
  expect(notFound("relay", "foo", []).details).toEqual({ hint: "there is none" });
});

test("without a terminal nobody is asked", async () => {
  const { options, removed } = scene({ name: "n1", yes: false });
  await expect(deleteItems(options)).rejects.toMatchObject({
    code: "OCKAM_CLI_CONFIRMATION_REQUIRED",
    message: "Use --yes to confirm",
  });
  expect(removed).toEqual([]);
});

test.each([
  ["", true],
  ["y", true],
  ["Yes", true],
  ["n", false],
  ["what?", false],
])("at a terminal %j answers the question with %s", async (answer, deletes) => {
  const { terminal, stderr } = testTerminal({ stdin: typed(answer) });
  const { options, removed } = scene({ name: "n1", yes: false, terminal });
  const result = await deleteItems(options);
  expect(stderr.text).toContain("Delete the node n1? [Y/n]");
  expect(removed).toEqual(deletes ? ["n1"] : []);
  expect(result === undefined).toBe(!deletes);
});

test.each([{ quiet: true }, { noInput: true }])("at a terminal with %j nobody is asked", async (setting) => {
  const { terminal } = testTerminal({ stdin: typed("y"), ...setting });
  await expect(deleteItems(scene({ name: "n1", yes: false, terminal }).options)).rejects.toMatchObject({
    code: "OCKAM_CLI_CONFIRMATION_REQUIRED",
  });
});

test("a name and all exclude each other", async () => {
  await expect(deleteItems(scene({ name: "n1", all: true }).options)).rejects.toMatchObject({
    code: "OCKAM_CLI_USAGE",
  });
});

test("without a name, those that are chosen, after a question", async () => {
  const { terminal, stderr } = testTerminal({ stdin: keys(" ", "\u001b[B", " ", "\r", "y", "\r") });
  const { options, removed } = scene({ terminal, yes: false, existing: ["n1", "n2", "n3"] });
  const result = await deleteItems(options);
  expect(removed).toEqual(["n1", "n2"]);
  expect(result?.json()).toEqual([{ name: "n1" }, { name: "n2" }]);
  expect(stderr.text).toContain("Delete n1, n2? [Y/n]");
});

test("without a name, the only one, after a question", async () => {
  const { terminal, stderr } = testTerminal({ stdin: typed("") });
  const { options, removed } = scene({ terminal, yes: false, existing: ["n1"] });
  expect((await deleteItems(options))?.json()).toEqual([{ name: "n1" }]);
  expect(removed).toEqual(["n1"]);
  expect(stderr.text).toContain("Delete the node n1? [Y/n]");
});

test("of several that are chosen, one that cannot be deleted is a warning", async () => {
  const { terminal, stderr } = testTerminal({ stdin: keys(" ", "\u001b[B", " ", "\r") });
  const { options } = scene({ terminal, remove: refuseN1 });
  expect((await deleteItems(options))?.json()).toEqual([{ name: "n2" }]);
  expect(stderr.text).toContain("  ! The node n1 was not deleted: it is in use\n");
});

test("after a signal nothing more is deleted", async () => {
  const ending = new AbortController();
  const { terminal } = testTerminal({ signal: ending.signal });
  const removed: string[] = [];
  const { options } = scene({
    terminal,
    all: true,
    remove: async (name) => {
      removed.push(name);
      ending.abort(new OckamError("OCKAM_CLI_CANCELLED", "Interrupted"));
    },
  });
  await expect(deleteItems(options)).rejects.toMatchObject({ code: "OCKAM_CLI_CANCELLED" });
  expect(removed).toEqual(["n1"]);
});
