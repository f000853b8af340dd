import { fromHex, toHex } from "@ockam/codec";
import { createIdentities } from "@ockam/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { OckamHome } from "./ockam-home.ts";
import { ockamHome } from "./portal.ts";

let rust: OckamHome;

beforeAll(async () => {
  rust = await ockamHome("rust");
});

afterAll(async () => {
  await rust?.[Symbol.asyncDispose]();
});

describe("our identities, imported by Rust", () => {
  test.each(["ed25519", "p256"] as const)("%s", async (keyType) => {
    const identities = createIdentities();
    const { identifier } = await identities.create({ keyType });
    expect(await importIntoRust(`new-${keyType}`, await identities.export(identifier))).toBe(
      String(identifier),
    );
  });

  test("rotated three times, also from one kind of key to the other", async () => {
    const identities = createIdentities();
    const { identifier } = await identities.create();
    for (const keyType of ["ed25519", "p256", "ed25519"] as const)
      await identities.rotate(identifier, { keyType });
    const history = await identities.export(identifier);
    expect(await importIntoRust("rotated", history)).toBe(String(identifier));
    const shown = await rust.output(["identity", "show", "rotated", "--full"]);
    expect(shown.match(/Change\[\d\]/g)).toHaveLength(4);
  });

  test("a history with one bit changed is refused", async () => {
    const identities = createIdentities();
    const { identifier } = await identities.create();
    await identities.rotate(identifier);
    const history = await identities.export(identifier);
    for (const at of [10, Math.floor(history.length / 2), history.length - 5]) {
      const damaged = history.with(at, history[at]! ^ 1);
      const { exitCode } = await rust.run([
        "identity",
        "create",
        `damaged-${at}`,
        "--identity",
        toHex(damaged),
      ]);
      expect(exitCode).not.toBe(0);
      await expect(createIdentities().import(damaged)).rejects.toMatchObject({
        code: expect.stringMatching(/^OCKAM_IDENTITY_/),
      });
    }
  });
});

describe("Rust's identities", () => {
  test("are imported by our library, byte for byte", async () => {
    const identifier = await rust.createIdentity("exported");
    const history = fromHex(
      await rust.output(["identity", "show", "exported", "--full", "--encoding", "hex"]),
    );
    const identities = createIdentities();
    const identity = await identities.import(history);
    expect(String(identity.identifier)).toBe(identifier);
    expect(identity.changes).toHaveLength(1);
    expect(toHex(await identities.export(identity.identifier))).toBe(toHex(history));
  });
});

describe.each([
  ["rust", "typescript"],
  ["typescript", "rust"],
] as const)("an identity of the %s command, imported by the %s command", (from, to) => {
  test("is shown alike", async () => {
    await using exporter = await ockamHome(from);
    await using importer = await ockamHome(to);
    const identifier = await exporter.createIdentity("traveller");
    const history = await exporter.output(["identity", "show", "traveller", "--full", "--encoding", "hex"]);
    await importer.output(["identity", "create", "guest", "--identity", history]);
    expect(await importer.output(["identity", "show", "guest"])).toBe(identifier);
    expect(await importer.output(["identity", "show", "guest", "--full", "--encoding", "hex"])).toBe(history);
    expect(await importer.output(["identity", "show", "guest", "--full"])).toBe(
      await exporter.output(["identity", "show", "traveller", "--full"]),
    );
  });
});

async function importIntoRust(name: string, history: Uint8Array): Promise<string> {
  await rust.output(["identity", "create", name, "--identity", toHex(history)]);
  return rust.output(["identity", "show", name]);
}
