import type { Program } from "./program.ts";

/**
 * The `ockam` command: does what `argv` (without the interpreter and the script) says and returns the exit code,
 * docs/cli.md. `--version` loads nothing else; other commands load what they need.
 */
export async function main(argv: readonly string[]): Promise<number> {
  if (asksForVersion(argv)) {
    const { version } = await import("./version.ts");
    process.stdout.write(`ockam ${version()}\nTypeScript on Node.js ${process.versions.node}\n`);
    return 0;
  }
  const { hideLongArguments } = await import("./process-arguments.ts");
  hideLongArguments(argv);
  const program: { readonly Program: typeof Program } = await import("./program.ts");
  const { Interruption } = await import("./interruption.ts");
  using interruption = new Interruption(process);
  const exitCode = await new program.Program(process).run(argv, interruption.signal);
  if (exitCode !== 0) interruption.end();
  return exitCode;
}

function asksForVersion(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.some((word, index) => (end < 0 || index < end) && (word === "--version" || word === "-V"));
}
