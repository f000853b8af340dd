/** How the parts of human output look. All functions return their text as it is when colours are off. */
export interface Style {
  name(text: string): string;
  dim(text: string): string;
  up(text: string): string;
  down(text: string): string;
  /** A line that begins with the mark of a success, a warning, an error, or of something to know. */
  success(line: string): string;
  warning(line: string): string;
  error(line: string): string;
  info(line: string): string;
  /** A line that belongs to the one above, and a heading with a rule. */
  row(line: string): string;
  heading(line: string): string;
}

/** The style with colours (24-bit escape codes) or without. */
export function createStyle(colours: boolean): Style {
  const paint = (code: string) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [green, orange, red, blue] = [
    paint("38;2;168;201;125"),
    paint("38;2;255;154;0"),
    paint("38;2;255;0;0"),
    paint("38;2;13;202;240"),
  ];
  const dim = paint("2");
  return {
    name: paint("38;2;79;218;184"),
    dim,
    up: green,
    down: red,
    success: (line) => `${green("  ✔ ")}${line}`,
    warning: (line) => `${orange("  ! ")}${line}`,
    error: (line) => `${red("  ✗ ")}${line}`,
    info: (line) => `${blue("  > ")}${line}`,
    row: (line) => `${blue("  │ ")}${line}`,
    heading: (line) => `    ${line}\n    ${dim("─".repeat(line.length))}`,
  };
}
