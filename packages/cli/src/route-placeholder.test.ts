import { Readable } from "node:stream";

import { expect, test } from "vitest";

import { lineReader } from "./line-reader.ts";
import { fillRoute } from "./route-placeholder.ts";

const never = () => Promise.reject(new Error("standard input was read"));

test.each([
  ["-/service/echo", "/service/c1", "/service/c1/service/echo"],
  ["/-/service/echo", "/service/c1\r", "/service/c1/service/echo"],
  ["/node/n2/-/service/uppercase", " service//c1/ ", "/node/n2/service/c1/service/uppercase"],
  ["-", "/service/c1", "/service/c1"],
])("%s with %j piped in", async (route, line, filled) => {
  expect(await fillRoute(route, () => Promise.resolve(line))).toBe(filled);
});

// A dash is a placeholder only as a whole component: names with dashes read nothing.
test.each(["/node/n-1/service/-x", "/service/a-/service/b", "outlet", ""])(
  "%j reads nothing",
  async (route) => {
    expect(await fillRoute(route, never)).toBe(route);
  },
);

test("two placeholders take two lines", async () => {
  const readLine = lineReader(Readable.from(["/service/a\n/ser", "vice/b\n"]));
  expect(await fillRoute("-/service/hop/-/service/echo", readLine)).toBe(
    "/service/a/service/hop/service/b/service/echo",
  );
});

test.each([[[]], [["\n"]], [["/"]]])("nothing piped in: %j", async (chunks) => {
  await expect(fillRoute("-/service/echo", lineReader(Readable.from(chunks)))).rejects.toMatchObject({
    code: "OCKAM_CLI_NO_PIPED_ROUTE",
  });
});

test("a terminal is not read", async () => {
  const terminal = Object.assign(new Readable({ read: () => expect.unreachable() }), { isTTY: true });
  await expect(fillRoute("-/service/echo", lineReader(terminal))).rejects.toMatchObject({
    code: "OCKAM_CLI_NO_PIPED_ROUTE",
  });
});

test("lines end with the input, too", async () => {
  const readLine = lineReader(Readable.from(["one\ntwo"]));
  expect([await readLine(), await readLine(), await readLine()]).toEqual(["one", "two", undefined]);
});
