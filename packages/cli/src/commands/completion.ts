import { completionScript, type Shell } from "../completions.ts";
import { defineCommand, type Command } from "../command.ts";
import { parsed, required } from "../option.ts";
import { plainResult } from "../result.ts";
import { usageError } from "../usage-error.ts";

export const completion: Command = defineCommand({
  summary: "Print what makes a shell complete ockam's commands, options and names",
  examples: ["completion --shell bash >> ~/.bashrc", "completion --shell zsh >> ~/.zshrc"],
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
