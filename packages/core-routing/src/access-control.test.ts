import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AccessControl } from "./access-control.ts";
import { allOf, allowAll, anyOf, denyAll, fromAddresses, toAddresses } from "./access-control.ts";
import { Address } from "./address.ts";
import { Message } from "./message.ts";
import { parseRoute } from "./route.ts";

function message(onward: string, source?: string): Message {
  const made = new Message(parseRoute(onward), parseRoute("back"), new Uint8Array(0));
  made.source = source === undefined ? undefined : Address.parse(source);
  return made;
}

test("all and none", () => {
  expect(allowAll.isAuthorized(message("a"))).toBe(true);
  expect(denyAll.isAuthorized(message("a"))).toBe(false);
});

test("by source: not by what the return route says", () => {
  const check = fromAddresses(Address.local("back"), Address.local("x"));
  expect(check.isAuthorized(message("a", "x"))).toBe(true);
  expect(check.isAuthorized(message("a", "y"))).toBe(false);
  expect(check.isAuthorized(message("a", "1#x"))).toBe(false);
  expect(check.isAuthorized(message("a"))).toBe(false);
});

test("by next hop: later ones do not count", () => {
  const check = toAddresses(Address.local("x"));
  expect(check.isAuthorized(message("x => y"))).toBe(true);
  expect(check.isAuthorized(message("y => x"))).toBe(false);
  expect(check.isAuthorized(new Message([], [], new Uint8Array(0)))).toBe(false);
  expect(toAddresses().isAuthorized(message("x"))).toBe(false);
});

describe("combinations", () => {
  /** A check, its answer, and whether it takes time. */
  const answers = fc.array(fc.record({ answer: fc.boolean(), late: fc.boolean() }), { maxLength: 6 });

  test("agree with and, or; ask in order and no further than needed", async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (parts) => {
        for (const [combine, decisive] of [
          [allOf, false],
          [anyOf, true],
        ] as const) {
          const asked: number[] = [];
          const checks = parts.map(({ answer, late }, i): AccessControl => ({
            isAuthorized: () => {
              asked.push(i);
              return late ? Promise.resolve(answer) : answer;
            },
          }));
          const first = parts.findIndex(({ answer }) => answer === decisive);
          const expected = first === -1 ? !decisive : decisive;
          const needed = first === -1 ? parts.length : first + 1;
          const result = combine(...checks).isAuthorized(message("a"));
          expect(result instanceof Promise).toBe(parts.slice(0, needed).some(({ late }) => late));
          expect(await result).toBe(expected);
          expect(asked).toEqual(Array.from({ length: needed }, (_, i) => i));
        }
      }),
    );
  });

  test("of nothing", () => {
    expect(allOf().isAuthorized(message("a"))).toBe(true);
    expect(anyOf().isAuthorized(message("a"))).toBe(false);
  });
});
