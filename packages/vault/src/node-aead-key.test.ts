import { createCipheriv, createDecipheriv } from "node:crypto";
import * as nodeCrypto from "node:crypto";

import { expect, test, vi } from "vitest";

import { NodeAeadKey } from "./node-aead-key.ts";

const NONCE = new Uint8Array(12);
const AAD = new Uint8Array(0);

test("plaintext of a message that does not verify is overwritten", () => {
  const released: Uint8Array[] = [];
  const spied = {
    ...nodeCrypto,
    createDecipheriv: (...args: Parameters<typeof createDecipheriv>) => {
      const decipher = createDecipheriv(...args);
      const update = decipher.update.bind(decipher);
      vi.spyOn(decipher, "update").mockImplementation(((piece: Uint8Array) => {
        const plaintext = update(piece);
        released.push(plaintext);
        return plaintext;
      }) as typeof decipher.update);
      return decipher;
    },
  } as typeof nodeCrypto;
  const key = new NodeAeadKey(spied, new Uint8Array(32));
  const sealed = key.seal(NONCE, AAD, [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)]);
  sealed.at(-1)![0]! ^= 1;
  expect(() => key.open(NONCE, AAD, sealed)).toThrow("altered");
  expect(released.map((piece) => [...piece])).toEqual([
    [0, 0, 0],
    [0, 0],
  ]);
});

test("large pieces are sealed and opened one by one, never joined", () => {
  const key = new NodeAeadKey(nodeCrypto, new Uint8Array(32));
  const pieces = [new Uint8Array(100_000), new Uint8Array(1), new Uint8Array(50_000)];
  const sealed = key.seal(NONCE, AAD, pieces);
  expect(sealed.map((piece) => piece.length)).toEqual([100_000, 1, 50_000, 16]);
  expect(key.open(NONCE, AAD, sealed).map((piece) => piece.length)).toEqual([100_000, 1, 50_000]);
});

test("a destroyed key is overwritten", () => {
  let held: Uint8Array | undefined;
  const spied = {
    ...nodeCrypto,
    createCipheriv: (...args: Parameters<typeof createCipheriv>) => {
      held = args[1] as Uint8Array;
      return createCipheriv(...args);
    },
  } as typeof nodeCrypto;
  const given = new Uint8Array(32).fill(7);
  const key = new NodeAeadKey(spied, given);
  key.seal(NONCE, AAD, [Uint8Array.of(1)]);
  expect(held).toEqual(given);
  key.destroy();
  expect(held).toEqual(new Uint8Array(32));
  expect(given).toEqual(new Uint8Array(32).fill(7));
});
