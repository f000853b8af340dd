import { addAbortSignal, type Readable } from "node:stream";

import type { ReadLine } from "./route-placeholder.ts";

/** Lines of a stream, one at a time, until `signal`. A terminal has none: nobody is expected to type a route. */
export function lineReader(input: Readable & { readonly isTTY?: boolean }, signal?: AbortSignal): ReadLine {
  let chunks: AsyncIterator<Buffer | string> | undefined;
  let rest = "";
  return async () => {
    if (input.isTTY === true) return undefined;
    if (chunks === undefined && signal !== undefined) addAbortSignal(signal, input);
    chunks ??= input[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
    while (!rest.includes("\n")) {
      const { value, done } = await chunks.next();
      if (done === true) break;
      rest += value.toString();
    }
    if (rest === "") return undefined;
    const end = rest.indexOf("\n");
    const line = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? "" : rest.slice(end + 1);
    return line;
  };
}
