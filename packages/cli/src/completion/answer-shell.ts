import { NO_COMPLETION, type Candidate, type Completion } from "./candidate.ts";
import { completions } from "./completions.ts";
import { fitsIntoQuotes, parseShellLine, quoteForShell } from "./shell-line.ts";

/** How much of a description is shown, in characters. */
export const MAX_DESCRIPTION_LENGTH = 100;

/**
 * What `ockam --get-completions SHELL …` prints, a line each: the kind of the completion, and the candidates with their
 * descriptions. `asked`: the shell, and what its script passes on: words up to the cursor, the last one as it was typed
 * from fish, with a point behind it from PowerShell; the line and its word breaks from bash. Nothing is an error:
 * somebody is typing.
 */
export async function answerShell(asked: readonly string[]): Promise<readonly string[]> {
  const [shell, ...passed] = asked;
  if (shell === "bash") {
    const { isQuoted, kept, words } = parseShellLine(passed[0] ?? "", passed[1] ?? "");
    const { candidates, kind } = await attempt(words);
    const usable = isQuoted ? candidates.filter(({ value }) => fitsIntoQuotes(value)) : candidates;
    return lines(kind, usable, (value) => {
      const rest = value.slice(kept.length);
      return isQuoted ? rest : quoteForShell(rest);
    });
  }
  const last = currentWord(shell, passed.at(-1) ?? "");
  const { candidates, kind } = await attempt([...passed.slice(0, -1), last]);
  return lines(kind, candidates, (value) => value);
}

function currentWord(shell: string | undefined, passed: string): string {
  if (shell === "powershell") return passed.replace(/\.$/, "");
  return shell === "fish" ? (parseShellLine(`ockam ${passed}`, "").words.at(-1) ?? "") : passed;
}

async function attempt(words: readonly string[]): Promise<Completion> {
  try {
    return await completions(words);
  } catch {
    return NO_COMPLETION;
  }
}

function lines(
  kind: Completion["kind"],
  candidates: readonly Candidate[],
  valueOf: (value: string) => string,
): readonly string[] {
  // A name with a line break would be two.
  const whole = candidates.filter(({ value }) => !/\p{Cc}/u.test(value));
  const found = whole.map(
    ({ description, value }) => `${valueOf(value)}\t${oneLine(description).slice(0, MAX_DESCRIPTION_LENGTH)}`,
  );
  return [kind, ...found];
}

/** What peers and policies call themselves speaks to no terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}
