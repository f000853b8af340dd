import { completionScript, SHELLS } from "../completion/completion-scripts.ts";
import { defineCommand, type Command } from "../command.ts";
import { literal, object, string } from "../json-shape.ts";
import { choice, required } from "../option.ts";
import { plainResult } from "../result.ts";

export const completion: Command = defineCommand({
  summary: "Print what makes a shell complete ockam's commands, options and names",
  description:
    "Commands, options and their values are completed, files, and the names of what this machine and its running nodes have.",
  examples: ["completion --shell bash", "completion --shell zsh > _ockam"],
  notes: [
    `Each shell reads the script when it starts:

| shell | what to do once |
| --- | --- |
| bash | \`ockam completion --shell bash >> ~/.bashrc\` |
| zsh | \`ockam completion --shell zsh >> ~/.zshrc\`, or \`> _ockam\` in a folder of \`fpath\` |
| fish | \`ockam completion --shell fish > ~/.config/fish/completions/ockam.fish\` |
| PowerShell | \`ockam completion --shell powershell >> $PROFILE\` |
| elvish | \`ockam completion --shell elvish >> ~/.config/elvish/rc.elv\` |`,
  ],
  json: object({ shell: literal(...SHELLS), script: string() }),
  pipe: "the script",
  options: { shell: required(choice(SHELLS, "The shell", { short: "s" })) },
  async run({ shell }) {
    const script = completionScript(shell);
    return plainResult({ shell, script }, () => script);
  },
});
