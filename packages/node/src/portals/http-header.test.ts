import { expect, test } from "vitest";

import { httpHeaderInterceptor } from "./http-header.ts";

test("no headers need no interceptor", () => {
  expect(httpHeaderInterceptor(undefined)).toBeUndefined();
  expect(httpHeaderInterceptor([])).toBeUndefined();
});

test("the first colon divides name and value", () => {
  expect(httpHeaderInterceptor(["X-A: b:c", "Host:x"])).toBeTypeOf("function");
});

test.each([["X-A"], [": b"], ["Content-Length: 1"], ["X A: 1"], ["X-A: 1\r\nX-B: 2"]])(
  "%j is refused",
  (header) => {
    expect(() => httpHeaderInterceptor([header])).toThrow(
      expect.objectContaining({ code: "OCKAM_NODE_INVALID_HTTP_HEADER" }),
    );
  },
);
