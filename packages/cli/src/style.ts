import { ALL_GLYPHS, glyphsOf, type Glyphs } from "./glyphs.ts";

/** How the parts of human output look. All functions return their text as it is when colours are off. */
export interface Style {
  readonly glyphs: Glyphs;
  readonly name: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly up: (text: string) => string;
  readonly down: (text: string) => string;
  /** A line that begins with the mark of a success, a warning, an error, or of something to know. */
  success(line: string): string;
  warning(line: string): string;
  error(line: string): string;
  info(line: string): string;
  /** A line that belongs to the one above, and a heading with a rule. */
  row(line: string): string;
  heading(line: string): string;
  /** The mark of something that is under way. */
  busy(mark: string): string;
}

/**
 * Whether there are colours on a stream: not with `--no-color` or NO_COLOR (any value), always with FORCE_COLOR (but
 * for 0 and false), else on terminals that are not dumb. A variable that is empty counts as not set.
 */
export function wantsColours(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
  noColor: boolean,
): boolean {
  const { FORCE_COLOR: forced = "", NO_COLOR: refused = "", TERM: kind } = env;
  if (noColor || refused !== "") return false;
  if (forced !== "") return !["0", "false"].includes(forced.toLowerCase());
  return stream.isTTY === true && kind !== "dumb";
}

/** The style of what is written to a stream. */
export function styleOf(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
  noColor: boolean,
): Style {
  return createStyle(wantsColours(stream, env, noColor), glyphsOf(env));
}

/** The style with colours (24-bit escape codes) or without. */
export function createStyle(colours: boolean, glyphs: Glyphs = ALL_GLYPHS): Style {
  const paint = (code: string) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [green, orange, red, blue] = [
    paint("38;2;168;201;125"),
    paint("38;2;255;154;0"),
    paint("38;2;255;0;0"),
    paint("38;2;13;202;240"),
  ];
  const dim = paint("2");
  return {
    glyphs,
    name: paint("38;2;79;218;184"),
    dim,
    up: green,
    down: red,
    success: (line) => `${green(`  ${glyphs.success} `)}${line}`,
    warning: (line) => `${orange("  ! ")}${line}`,
    error: (line) => `${red(`  ${glyphs.error} `)}${line}`,
    info: (line) => `${blue("  > ")}${line}`,
    row: (line) => `${blue(`  ${glyphs.row} `)}${line}`,
    heading: (line) => `    ${line}\n    ${dim(glyphs.rule.repeat(line.length))}`,
    busy: paint("33"),
  };
}
