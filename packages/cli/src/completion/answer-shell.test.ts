import { expect, test, vi } from "vitest";

import { answerShell } from "./answer-shell.ts";
import { completionScript, SHELLS } from "./completion-scripts.ts";

test.each([
  [["zsh", "node", "sto"], "words", /^stop\tStop a node/],
  [["fish", "no"], "words", /^node\tNodes: /],
  [["fish", "completion", "--shell", '"po'], "words", /^powershell\t/],
  [["elvish", "vault", "mo"], "words", /^move\t/],
  [["powershell", "vault", "mo."], "words", /^move\t/],
  [["powershell", "completion", "--shell", "."], "words", /^bash\t$/],
  [["bash", "ockam node sto", ":="], "words", /^stop\t/],
  [["bash", "ockam kafka-inlet create --plain-records=p", ":="], "words", /^pass\t/],
  [["bash", "ockam tcp-inlet create --to /no", ":="], "parts", /^\/node\/\t/],
])("%j", async (asked, kind, first) => {
  const [found, candidate] = await answerShell(asked);
  expect(found).toBe(kind);
  expect(candidate).toMatch(first);
});

test("files are the shell's", async () => {
  expect(await answerShell(["zsh", "node", "create", ""])).toEqual(["files"]);
});

test("a description is one short line", async () => {
  for (const line of await answerShell(["zsh", "tcp-inlet", "create", "--"]))
    expect(line).toMatch(/^[^\t\n]+(?:\t[^\t\n]{0,100})?$/);
});

test("what goes wrong is nothing to complete", async () => {
  vi.stubEnv("OCKAM_HOME", "\0");
  expect(await answerShell(["fish", "node", "show", ""])).toEqual(["words"]);
  vi.unstubAllEnvs();
  expect(await answerShell([])).toEqual(expect.arrayContaining(["words"]));
});

test.each(SHELLS)("%s asks the program", (shell) => {
  expect(completionScript(shell)).toContain(`ockam --get-completions ${shell} `);
});
