import { fromHex, toHex } from "@ockam/codec";
import { describe, expect, test, vi } from "vitest";

import { defaultBackend } from "./default-backend.ts";
import { nobleBackend } from "./noble-backend.ts";
import { nodeBackend } from "./node-backend.ts";
import { memorySecretStorage } from "./secret-storage.ts";
import { createSoftwareVault } from "./software-vault.ts";
import { testSecretStorage, testVault } from "./testing/index.ts";

describe.each([nodeBackend()!, nobleBackend()])("a software vault of $name", (backend) => {
  testVault(test, () => createSoftwareVault({ backend }));
});

describe("a memory storage of secrets", () => {
  testSecretStorage(test, memorySecretStorage);
});

test("the defaults are a memory storage and the default backend", async () => {
  const vault = createSoftwareVault();
  expect(vault.backend).toBe(defaultBackend());
  const key = await vault.verifyingKey(await vault.generateSigningKey());
  expect(key.type).toBe("ed25519");
});

test("handles are those of the other Ockam implementation", async () => {
  const vault = createSoftwareVault();
  const secret = fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const handle = await vault.importSigningKey("ed25519", secret);
  expect(handle).toBe("56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c");
});

test("two vaults on one storage share their keys", async () => {
  const storage = memorySecretStorage();
  const [first, second] = [createSoftwareVault({ storage }), createSoftwareVault({ storage })];
  const handle = await first.generateSigningKey("p256");
  expect(await second.verifyingKey(handle)).toEqual(await first.verifyingKey(handle));
});

test("secrets are overwritten after use, also when the use fails", async () => {
  const memory = memorySecretStorage();
  const taken: Uint8Array[] = [];
  const storage = {
    ...bound(memory),
    get: async (...args: Parameters<typeof memory.get>) => {
      const secret = await memory.get(...args);
      if (secret !== undefined) taken.push(secret);
      return secret;
    },
  };
  const vault = createSoftwareVault({ storage });
  const [signing, exchange] = [await vault.generateSigningKey(), await vault.generateStaticKey()];
  await vault.sign(signing, new Uint8Array(3));
  await vault.staticPublicKey(exchange);
  await expect(vault.diffieHellman(exchange, new Uint8Array(32))).rejects.toThrow("low order");
  expect(taken.map(toHex)).toEqual(Array.from({ length: 3 }, () => "00".repeat(32)));
});

test("a generated secret is overwritten where it was drawn", async () => {
  const backend = nobleBackend();
  const drawn: Uint8Array[] = [];
  const randomBytes = (length: number): Uint8Array => {
    const secret = backend.randomBytes(length);
    drawn.push(secret);
    return secret;
  };
  const vault = createSoftwareVault({ backend: { ...backend, randomBytes } });
  const handle = await vault.generateSigningKey();
  await vault.generateStaticKey();
  expect(drawn.map(toHex)).toEqual(Array.from({ length: 2 }, () => "00".repeat(32)));
  expect((await vault.sign(handle, new Uint8Array(3))).bytes).toHaveLength(64);
});

test("a random number that is no P-256 secret is drawn again", async () => {
  const backend = nobleBackend();
  const draws = [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(32).fill(1)];
  const randomBytes = vi.fn<(length: number) => Uint8Array>(() => draws.shift() ?? new Uint8Array(32));
  const vault = createSoftwareVault({ backend: { ...backend, randomBytes } });
  const handle = await vault.generateSigningKey("p256");
  expect(randomBytes).toHaveBeenCalledTimes(3);
  const expected = backend.p256PublicKey(new Uint8Array(32).fill(1));
  expect((await vault.verifyingKey(handle)).bytes).toEqual(expected);
});

test("a storage that fails is reported, not retried", async () => {
  const storage = {
    ...bound(memorySecretStorage()),
    put: () => Promise.reject(new Error("the disk is full")),
  };
  await expect(createSoftwareVault({ storage }).generateSigningKey()).rejects.toThrow("the disk is full");
});

test("a memory storage overwrites what it forgets", async () => {
  const fill = vi.spyOn(Uint8Array.prototype, "fill");
  const storage = memorySecretStorage();
  await storage.put("x25519", "handle", Uint8Array.of(1, 2));
  await storage.put("x25519", "handle", Uint8Array.of(1, 2, 3));
  await storage.delete("x25519", "handle");
  const zeroed = fill.mock.contexts.map((context) => [...(context as Uint8Array)]);
  fill.mockRestore();
  expect(zeroed).toEqual([
    [0, 0],
    [0, 0, 0],
  ]);
});

function bound(storage: ReturnType<typeof memorySecretStorage>): ReturnType<typeof memorySecretStorage> {
  return {
    get: storage.get.bind(storage),
    put: storage.put.bind(storage),
    delete: storage.delete.bind(storage),
  };
}
