import { completionScript, type Shell } from "../completions.ts";
import { defineCommand, type Command } from "../command.ts";
import { literal, object, string } from "../json-shape.ts";
import { parsed, required } from "../option.ts";
import { plainResult } from "../result.ts";
import { usageError } from "../usage-error.ts";

export const completion: Command = defineCommand({
  summary: "Print what makes a shell complete ockam's commands, options and names",
  description: "Commands, options, and the names of nodes, identities and vaults are completed.",
  examples: ["completion --shell bash", "completion --shell zsh > _ockam"],
  json: object({ shell: literal("bash", "zsh", "fish"), script: string() }),
  pipe: "the script",
  options: { shell: required(parsed("SHELL", "bash, zsh or fish", parseShell, { short: "s" })) },
  async run({ shell }) {
    const script = completionScript(shell);
    return plainResult({ shell, script }, () => script);
  },
});

function parseShell(typed: string): Shell {
  if (typed === "bash" || typed === "zsh" || typed === "fish") return typed;
  throw usageError(`there is no completion for '${typed}'`, "--shell bash, --shell zsh or --shell fish");
}
