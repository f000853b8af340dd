import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { routeTo } from "./ockam-home.ts";
import type { Implementation, OckamHome, PeerNode } from "./ockam-home.ts";
import { ockamHome } from "./portal.ts";

interface Side {
  readonly home: OckamHome;
  readonly node: PeerNode;
  readonly identifier: string;
}

const sides = new Map<Implementation, Side>();

beforeAll(async () => {
  for (const implementation of ["rust", "typescript"] as const) {
    const home = await ockamHome(implementation, { OCKAM_DEFAULT_TIMEOUT: "3s" });
    const identifier = await home.createIdentity("me");
    const node = await home.createNode("n1", { args: ["--identity", "me"] });
    for (const hop of ["h1", "h2"])
      await home.output(["service", "start", "hop", "--addr", hop, "--at", "n1"]);
    sides.set(implementation, { home, node, identifier });
  }
});

afterAll(async () => {
  for (const { home } of sides.values()) await home[Symbol.asyncDispose]();
});

describe.each([
  ["rust", "typescript"],
  ["typescript", "rust"],
] as const)("message send of the %s command to a %s node", (from, to) => {
  const send = (message: string, route: string, args: readonly string[] = []): Promise<string> =>
    side(from).home.output([
      "message",
      "send",
      message,
      "--to",
      `${routeTo(side(to).node)}${route}`,
      ...args,
    ]);

  test.each([{ args: [] }, { args: ["--from", "n1"] }])("in clear $args", async ({ args }) => {
    expect(await send("straße", "/service/uppercase", args)).toBe("STRASSE");
  });

  test.each([{ args: [] }, { args: ["--from", "n1"] }])("over /secure/api $args", async ({ args }) => {
    expect(await send("hello", "/secure/api/service/echo", args)).toBe("hello");
    expect(await send("hello", "/secure/api/service/uppercase", args)).toBe("HELLO");
  });

  test("through two hops", async () => {
    expect(await send("hop, hop", "/service/h1/service/h2/service/echo")).toBe("hop, hop");
  });

  test("through a channel that stays, and one inside it", async () => {
    const { home } = side(from);
    const create = ["secure-channel", "create", "--from", "n1", "--authorized", side(to).identifier, "--to"];
    const outer = await home.output([...create, `${routeTo(side(to).node)}/service/api`]);
    const message = ["message", "send", "hello", "--from", "n1", "--to"];
    expect(await home.output([...message, `${outer}/service/echo`])).toBe("hello");
    if (from === "rust") return; // its own inner channels carry nothing, between two Rust nodes neither
    const inner = await home.output([...create, `${outer}/service/api`]);
    expect(await home.output([...message, `${inner}/service/echo`])).toBe("hello");
  });

  test("a channel with another identity than the authorized one is refused", async () => {
    const stranger = await side(from).home.createIdentity("stranger");
    const route = `${routeTo(side(to).node)}/service`;
    const create = ["secure-channel", "create", "--to"];
    // A Rust node does one thing after the other, and waits for two minutes here: one of its own.
    await side(from).home.createNode("waits");
    const refusing = [...create, `${route}/api`, "--from", "waits", "--authorized", stranger];
    expect((await side(from).home.run(refusing)).exitCode).toBe(70);

    const listener = ["secure-channel-listener", "create", `only-${from}`, "--at", "n1"];
    await side(to).home.output([...listener, "--authorized", side(from).identifier]);
    const accepted = await side(from).home.output([...create, `${route}/only-${from}`, "--from", "n1"]);
    expect(accepted).toMatch(/^\/service\//);
    const inClear = `${routeTo(side(to).node)}/secure/only-${from}/service/echo`;
    const message = ["message", "send", "hello", "--timeout", "3s", "--to", inClear];
    expect(await side(from).home.output(message)).toBe("hello");
    const refused = await side(from).home.run([...message, "--identity", "stranger"]);
    expect(refused.exitCode).toBe(70);
  });
});

function side(implementation: Implementation): Side {
  return sides.get(implementation)!;
}
