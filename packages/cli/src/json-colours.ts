import type { Style } from "./style.ts";

/** A text with what tells whether it is the name of a member; a number, a truth value or null. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;

/** JSON with its names, texts and other values in the colours of `style`. */
export function coloured(json: string, style: Style): string {
  return json.replaceAll(TOKEN, (token: string, text?: string, colon?: string) => {
    if (text === undefined) return style.busy(token);
    return colon === undefined ? style.up(text) : `${style.name(text)}${colon}`;
  });
}
