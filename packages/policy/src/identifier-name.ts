import { readNumber } from "./number-literal.ts";

const PLAIN = /^[a-zA-Z!$%&*/<=>?~_^][a-zA-Z0-9!$%&*/<=>?~_^+\-.:@]*$/;

/**
 * Whether `name`, written as it is, is read as the identifier of that name: it has the right characters, and is neither
 * a number, `true` or `false`, nor something with a `$` in front.
 */
export function isPlainName(name: string): boolean {
  return (
    PLAIN.test(name) &&
    !name.startsWith("$") &&
    name !== "true" &&
    name !== "false" &&
    readNumber(name) === undefined
  );
}
