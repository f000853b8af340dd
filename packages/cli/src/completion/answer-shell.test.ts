import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createIdentities } from "@ockam/identity";
import { openState } from "@ockam/node/state";
import { verifyProject } from "@ockam/project";
import { expect, onTestFinished, test, vi } from "vitest";

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

/** A state with a project whose name somebody else chose. */
async function stateWithProject(name: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "ock-"));
  vi.stubEnv("OCKAM_HOME", home);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });
  const { changeHistory } = await createIdentities().create();
  using state = openState({ home });
  const project = verifyProject({
    id: "p",
    name,
    accessRoute: "/ip4/127.0.0.1/tcp/4000/service/p/service/api",
    changeHistory,
    authorityRoute: "/ip4/127.0.0.1/tcp/4001/service/api",
    authorityChangeHistory: changeHistory,
  });
  state.projects.put(project);
}

test.each(["$(reboot)", "`reboot`", '";reboot;"', "';reboot;'"])(
  "a project that is called %s is nothing to run in bash",
  async (name) => {
    await stateWithProject(name);
    const backslashed = name.replaceAll(/[$()`"';]/g, (character) => `\\${character}`);
    const unquoted = await answerShell(["bash", "ockam project show ", ":="]);
    expect(unquoted).toEqual(["words", `${backslashed}\tthe default project`]);
    for (const quote of [`"`, "'"])
      expect(await answerShell(["bash", `ockam project show ${quote}`, ":="])).toEqual(["words"]);
  },
);

test("PowerShell takes curved quotes for quotes: they are doubled like straight ones", () => {
  expect(completionScript("powershell")).toContain(String.raw`-replace "['\u2018-\u201b]", '$0$0'`);
});

test.each(SHELLS)("%s asks the program", (shell) => {
  expect(completionScript(shell)).toContain(`ockam --get-completions ${shell} `);
});
