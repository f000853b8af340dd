import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { freePort } from "@ockam/acceptance/free-port";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { CommandOptions, Implementation, OckamHome } from "../ockam-home.ts";
import { ockamHome } from "../portal.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";

const KINDS = ["typescript", "rust"] as const;
const FORMS: Readonly<Record<string, readonly string[]>> = {
  text: [],
  hex: ["--hex"],
  json: ["--output", "json"],
  legacy: ["--legacy"],
  "legacy json": ["--legacy", "--output", "json"],
  short: ["--short"],
};

const cases = KINDS.flatMap((authority) =>
  KINDS.flatMap((redeemer) =>
    Object.keys(FORMS)
      // Only ours writes and reads the short form.
      .filter((form) => form !== "short" || (authority === "typescript" && redeemer === "typescript"))
      .map((form) => ({ authority, redeemer, form })),
  ),
);

const administrators = new Map<Implementation, OckamHome>();
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  const project = resources.use(await SelfHostedProject.start({ authority: "rust", relay: "rust" }));
  administrators.set("rust", project.authority.home);
  const home = resources.use(await ockamHome("typescript"));
  const ports = ["--port", String(await freePort()), "--authority-port", String(await freePort())];
  await home.output(["project", "create", ...ports]);
  administrators.set("typescript", home);
});

afterAll(async () => {
  await resources.disposeAsync();
});

test.each(cases)(
  "a $form ticket of a $authority authority, redeemed by $redeemer",
  async ({ authority, redeemer, form }) => {
    const administrator = administrators.get(authority)!;
    const make = ["project", "ticket", "--attribute", "role=client", ...FORMS[form]!];
    const ticket = await administrator.output(make);
    await using home = await ockamHome(redeemer);
    const enrolled = await home.output(["project", "enroll", ticket]);
    expect(enrolled).toContain("client");
    const identifier = await home.output(["identity", "show"]);
    expect(await administrator.output(["project-member", "show", identifier])).toContain("client");

    // It was for one.
    await using second = await ockamHome(redeemer);
    const again = await second.run(["project", "enroll", ticket]);
    expect(again.exitCode).toBe(70);
  },
);

describe("a ticket reaches our command", () => {
  test.each<[string, (ticket: string) => Promise<Way>]>([
    ["by a file", async (ticket) => ({ args: [file(ticket)] })],
    ["by a file with a line feed", async (ticket) => ({ args: [file(`${ticket}\n`)] })],
    ["by standard input", async (ticket) => ({ args: ["-"], input: `${ticket}\n` })],
    ["by the environment", async (ticket) => ({ args: [], env: { ENROLLMENT_TICKET: ticket } })],
    ["by a URL", async (ticket) => serve(ticket)],
  ])("%s", async (_, wayOf) => {
    const make = ["project", "ticket", "--short", "--attribute", "role=client"];
    const ticket = await administrators.get("typescript")!.output(make);
    const { args, close, ...options } = await wayOf(ticket);
    await using way = new AsyncDisposableStack();
    if (close) way.defer(close);
    await using home = await ockamHome("typescript");
    expect(await home.output(["project", "enroll", ...args], options)).toContain("client");
  });
});

/** How `project enroll` gets the ticket. */
interface Way extends CommandOptions {
  readonly args: readonly string[];
  readonly close?: () => Promise<void>;
}

function file(ticket: string): string {
  const path = join(administrators.get("typescript")!.path, "ticket");
  writeFileSync(path, ticket);
  return path;
}

async function serve(ticket: string): Promise<Way> {
  const server = createServer((_, response) => response.end(`${ticket}\n`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return { args: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/ticket`], close };
}
