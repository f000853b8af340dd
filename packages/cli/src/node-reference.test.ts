import { expect, test } from "vitest";

import { expectNodeName, parseNodeReference } from "./node-reference.ts";
import { parseServiceReference } from "./service-reference.ts";

test("a node by its name or its route", () => {
  expect(parseNodeReference("n1")).toBe("n1");
  expect(parseNodeReference("/node/n1")).toBe("n1");
});

test.each(["", "/node/", "/node/n1/service/echo", "/service/echo", "/n1"])("%j names no node", (text) => {
  expect(() => parseNodeReference(text)).toThrow("does not name a node");
});

test("a service by its address or its route", () => {
  expect(parseServiceReference("outlet")).toBe("outlet");
  expect(parseServiceReference("/service/outlet")).toBe("outlet");
  expect(parseServiceReference("/worker/0123")).toBe("0123");
});

test.each(["", "/service/", "/node/n1/service/outlet", "/outlet"])("%j names no service", (text) => {
  expect(() => parseServiceReference(text)).toThrow("does not name a service");
});

test.each(["n", "n1", "my_node-2", "nœud"])("%s is a name for a node", (name) => {
  expect(expectNodeName(name)).toBe(name);
});

test.each(["", "n!", "n.1", "./config.yaml", "node.yaml", "a b", "../n"])(
  "%j is no name for a node",
  (name) => {
    expect(() => expectNodeName(name)).toThrow("Invalid value for NAME_OR_CONFIGURATION");
  },
);
