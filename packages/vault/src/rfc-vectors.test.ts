import { readFileSync } from "node:fs";

import { concatBytes, fromHex, toHex } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { nobleBackend } from "./noble-backend.ts";
import { nodeBackend } from "./node-backend.ts";

interface Vectors {
  readonly sha256: readonly { source: string; message: string; digest: string }[];
  readonly hmacSha256: readonly { source: string; key: string; message: string; code: string }[];
  readonly hkdfSha256: readonly { source: string; ikm: string; salt: string; info: string; output: string }[];
  readonly x25519: readonly { source: string; secret: string; publicKey: string; shared: string }[];
  readonly x25519PublicKey: readonly { source: string; secret: string; publicKey: string }[];
  readonly x25519Iterated: readonly { source: string; iterations: number; result: string }[];
  readonly ed25519: readonly SignatureVector[];
  readonly ecdsaP256Sha256: readonly SignatureVector[];
  readonly aes256Gcm: readonly AeadVector[];
}

interface SignatureVector {
  readonly source: string;
  readonly seed: string;
  readonly secret: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

interface AeadVector {
  readonly source: string;
  readonly key: string;
  readonly nonce: string;
  readonly aad: string;
  readonly plaintext: string;
  readonly ciphertext: string;
  readonly tag: string;
}

const vectors = JSON.parse(readFileSync(new URL("../vectors/rfc.json", import.meta.url), "utf8")) as Vectors;

test("Node.js has the node backend", () => {
  expect(nodeBackend()?.name).toBe("node");
  expect(nobleBackend().name).toBe("noble");
});

describe.each([nodeBackend()!, nobleBackend()])("$name", (backend) => {
  test.each(vectors.sha256)("SHA-256: $source", ({ message, digest }) => {
    expect(toHex(backend.sha256(fromHex(message)))).toBe(digest);
    const half = message.length / 4;
    expect(toHex(backend.sha256(fromHex(message).subarray(0, half), fromHex(message).subarray(half)))).toBe(
      digest,
    );
  });

  test.each(vectors.hmacSha256)("HMAC-SHA256: $source", ({ key, message, code }) => {
    expect(toHex(backend.hmacSha256(fromHex(key), fromHex(message)))).toBe(code);
  });

  test.each(vectors.hkdfSha256)("HKDF-SHA256: $source", ({ ikm, salt, info, output }) => {
    const made = backend.hkdfSha256(fromHex(ikm), fromHex(salt), fromHex(info), output.length / 2);
    expect(toHex(made)).toBe(output);
  });

  test.each(vectors.x25519)("X25519: $source", ({ secret, publicKey, shared }) => {
    expect(toHex(backend.x25519(fromHex(secret), fromHex(publicKey)))).toBe(shared);
  });

  test.each(vectors.x25519PublicKey)("X25519 public key: $source", ({ secret, publicKey }) => {
    expect(toHex(backend.x25519PublicKey(fromHex(secret)))).toBe(publicKey);
  });

  test.each(vectors.x25519Iterated)("X25519: $source", ({ iterations, result }) => {
    let secret = fromHex(`09${"00".repeat(31)}`);
    let point = secret;
    for (let i = 0; i < iterations; i++) [secret, point] = [backend.x25519(secret, point), secret];
    expect(toHex(secret)).toBe(result);
  });

  test.each(vectors.ed25519)("Ed25519: $source", ({ seed, publicKey, message, signature }) => {
    expect(toHex(backend.ed25519PublicKey(fromHex(seed)))).toBe(publicKey);
    expect(toHex(backend.ed25519Sign(fromHex(seed), fromHex(message)))).toBe(signature);
    expect(backend.ed25519Verify(fromHex(publicKey), fromHex(message), fromHex(signature))).toBe(true);
  });

  test.each(vectors.ecdsaP256Sha256)("ECDSA P-256: $source", ({ secret, publicKey, message, signature }) => {
    expect(toHex(backend.p256PublicKey(fromHex(secret)))).toBe(publicKey);
    expect(toHex(backend.p256Sign(fromHex(secret), fromHex(message)))).toBe(signature);
    expect(backend.p256Verify(fromHex(publicKey), fromHex(message), fromHex(signature))).toBe(true);
  });

  test.each(vectors.aes256Gcm)("AES-256-GCM: $source", (vector) => {
    const key = backend.aes256Gcm(fromHex(vector.key));
    const [nonce, aad, plaintext] = [fromHex(vector.nonce), fromHex(vector.aad), fromHex(vector.plaintext)];
    const sealed = concatBytes(...key.seal(nonce, aad, [plaintext]));
    expect(toHex(sealed)).toBe(vector.ciphertext + vector.tag);
    expect(toHex(concatBytes(...key.open(nonce, aad, [sealed])))).toBe(vector.plaintext);
  });
});
