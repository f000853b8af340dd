import { readText } from "./workspace.ts";

/** The `ts` blocks of a Markdown file of the checkout, in order. Each of them is a program. */
export function exampleBlocks(path: string): readonly string[] {
  return [...readText(path).matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]!);
}
