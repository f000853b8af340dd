import { encodeUtf8, fromHex, toHex } from "@ockam/codec";

import { SECRET_KEY_LENGTH, X25519_PUBLIC_KEY_LENGTH } from "../backend.ts";
import type { SigningKeyType } from "../signing-key.ts";
import type { KeyHandle, Vault } from "../vault.ts";
import { check, checkBytes, checkFailure, checkRangeError } from "./check.ts";
import type { RegisterTest } from "./check.ts";

const TYPES: readonly SigningKeyType[] = ["ed25519", "p256"];
const DATA = encodeUtf8("what is signed");
const SECRET = fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const UNKNOWN: KeyHandle = "00".repeat(32);

/**
 * The tests that every {@link Vault} passes which can make and import keys of all types. `create` makes an empty one.
 */
export function testVault(test: RegisterTest, create: () => Vault | Promise<Vault>): void {
  testSigning(test, create);
  testStaticKeys(test, create);
}

function testSigning(test: RegisterTest, create: () => Vault | Promise<Vault>): void {
  for (const type of TYPES) {
    test(`a generated ${type} key signs`, async () => {
      const vault = await create();
      const handle = await vault.generateSigningKey(type);
      const key = await vault.verifyingKey(handle);
      check(key.type === type, `a key of type ${type}`);
      const signature = await vault.sign(handle, DATA);
      check(signature.type === type, `a signature of type ${type}`);
      check(vault.verify(key, DATA, signature), "the signature to be valid");
      check(!vault.verify(key, SECRET, signature), "other data to be refused");
    });

    test(`the handle of a ${type} key is the digest of its public half`, async () => {
      const vault = await create();
      const handle = await vault.generateSigningKey(type);
      const key = await vault.verifyingKey(handle);
      check(handle === toHex(vault.sha256(key.bytes)), "SHA-256 of the public key");
      check(vault.handleOf(key) === handle, "the handle of the public key");
      const stranger = await create();
      check(stranger.handleOf(key) === handle, "the same handle where the secret is unknown");
    });

    test(`an imported ${type} key is copied, and the same each time`, async () => {
      const vault = await create();
      const secret = SECRET.slice();
      const handle = await vault.importSigningKey(type, secret);
      secret.fill(0);
      const signature = await vault.sign(handle, DATA);
      check((await vault.importSigningKey(type, SECRET)) === handle, "the same handle");
      check(vault.verify(await vault.verifyingKey(handle), DATA, signature), "the signature to be valid");
    });

    test(`a deleted ${type} key is gone`, async () => {
      const vault = await create();
      const handle = await vault.importSigningKey(type, SECRET);
      check(await vault.deleteSigningKey(handle), "the key to be found");
      check(!(await vault.deleteSigningKey(handle)), "the key to be gone");
      await checkFailure(() => vault.sign(handle, DATA), "OCKAM_VAULT_KEY_NOT_FOUND");
      await checkFailure(() => vault.verifyingKey(handle), "OCKAM_VAULT_KEY_NOT_FOUND");
    });
  }

  test("signatures and keys of different types do not fit", async () => {
    const vault = await create();
    const [first, second] = [
      await vault.generateSigningKey("ed25519"),
      await vault.generateSigningKey("p256"),
    ];
    const signature = await vault.sign(first, DATA);
    check(!vault.verify(await vault.verifyingKey(second), DATA, signature), "the other type to be refused");
    check(
      !vault.verify(await vault.verifyingKey(first), DATA, { type: "p256", bytes: signature.bytes }),
      "a relabelled signature to be refused",
    );
  });

  test("a key of the vault's own choice signs", async () => {
    const vault = await create();
    const handle = await vault.generateSigningKey();
    const key = await vault.verifyingKey(handle);
    check(vault.verify(key, DATA, await vault.sign(handle, DATA)), "the signature to be valid");
  });

  test("secrets that are none are refused", async () => {
    const vault = await create();
    await checkRangeError(() => vault.importSigningKey("ed25519", new Uint8Array(31)));
    await checkRangeError(() => vault.importStaticKey(new Uint8Array(33)));
    await checkFailure(
      () => vault.importSigningKey("p256", new Uint8Array(SECRET_KEY_LENGTH)),
      "OCKAM_VAULT_INVALID_SECRET_KEY",
    );
  });

  test("SHA-256 is SHA-256", async () => {
    const vault = await create();
    const digest = fromHex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    checkBytes(vault.sha256(encodeUtf8("abc")), digest, "the digest of abc");
  });
}

function testStaticKeys(test: RegisterTest, create: () => Vault | Promise<Vault>): void {
  test("static keys agree on a secret with the backend's", async () => {
    const vault = await create();
    const handle = await vault.generateStaticKey();
    const publicKey = await vault.staticPublicKey(handle);
    check(publicKey.length === X25519_PUBLIC_KEY_LENGTH, "32 bytes");
    check(handle === toHex(vault.sha256(publicKey)), "the digest of the public key as handle");
    const ephemeral = vault.backend.randomBytes(SECRET_KEY_LENGTH);
    checkBytes(
      await vault.diffieHellman(handle, vault.backend.x25519PublicKey(ephemeral)),
      vault.backend.x25519(ephemeral, publicKey),
      "the shared secret",
    );
  });

  test("an imported static key is copied", async () => {
    const vault = await create();
    const secret = SECRET.slice();
    const handle = await vault.importStaticKey(secret);
    secret.fill(0);
    checkBytes(await vault.staticPublicKey(handle), vault.backend.x25519PublicKey(SECRET), "the public key");
  });

  test("static keys refuse points of low order and wrong lengths", async () => {
    const vault = await create();
    const handle = await vault.generateStaticKey();
    await checkFailure(() => vault.diffieHellman(handle, new Uint8Array(32)), "OCKAM_VAULT_LOW_ORDER_POINT");
    await checkRangeError(() => vault.diffieHellman(handle, new Uint8Array(31)));
  });

  test("a deleted static key is gone", async () => {
    const vault = await create();
    const handle = await vault.generateStaticKey();
    check(await vault.deleteStaticKey(handle), "the key to be found");
    check(!(await vault.deleteStaticKey(handle)), "the key to be gone");
    await checkFailure(() => vault.staticPublicKey(handle), "OCKAM_VAULT_KEY_NOT_FOUND");
    await checkFailure(() => vault.diffieHellman(handle, SECRET), "OCKAM_VAULT_KEY_NOT_FOUND");
  });

  test("signing and static keys do not mix", async () => {
    const vault = await create();
    const [signing, exchange] = [
      await vault.importSigningKey("ed25519", SECRET),
      await vault.importStaticKey(SECRET),
    ];
    await checkFailure(() => vault.sign(exchange, DATA), "OCKAM_VAULT_KEY_NOT_FOUND");
    await checkFailure(() => vault.diffieHellman(signing, SECRET), "OCKAM_VAULT_KEY_NOT_FOUND");
    await checkFailure(() => vault.sign(UNKNOWN, DATA), "OCKAM_VAULT_KEY_NOT_FOUND");
  });
}
