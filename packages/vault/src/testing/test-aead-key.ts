import { concatBytes, encodeUtf8 } from "@ockam/codec";

import { AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH } from "../backend.ts";
import type { CryptoBackend } from "../backend.ts";
import { check, checkBytes, checkFailure, checkRangeError } from "./check.ts";
import type { RegisterTest } from "./check.ts";

const EMPTY = new Uint8Array(0);
const NONCE = new Uint8Array(AEAD_NONCE_LENGTH).fill(9);
const AAD = encodeUtf8("associated data");
const MESSAGE = encodeUtf8("a message that takes a little more than three blocks of AES");

/** The tests of what `aes256Gcm` of a {@link CryptoBackend} returns. */
export function testAeadKey(test: RegisterTest, backend: CryptoBackend): void {
  const bytes = new Uint8Array(AEAD_KEY_LENGTH).fill(5);

  test("AES-256-GCM opens what it sealed, however it is cut", () => {
    const key = backend.aes256Gcm(bytes);
    const whole = concatBytes(...key.seal(NONCE, AAD, [MESSAGE]));
    const pieces = [MESSAGE.subarray(0, 1), EMPTY, MESSAGE.subarray(1, 20), MESSAGE.subarray(20)];
    const sealed = key.seal(NONCE, AAD, pieces);
    checkBytes(concatBytes(...sealed), whole, "the same ciphertext for any pieces");
    check(sealed.at(-1)?.length === AEAD_TAG_LENGTH, "the tag as the last piece");
    for (let cut = 0; cut <= whole.length; cut++) {
      const second = Math.min(whole.length, cut + 5);
      const cutPieces = [whole.subarray(0, cut), whole.subarray(cut, second), whole.subarray(second)];
      checkBytes(concatBytes(...key.open(NONCE, AAD, cutPieces)), MESSAGE, `the message cut at ${cut}`);
    }
    const single = Array.from(whole, (byte) => Uint8Array.of(byte));
    checkBytes(concatBytes(...key.open(NONCE, AAD, single)), MESSAGE, "the message cut into bytes");
  });

  test("AES-256-GCM seals nothing", () => {
    const key = backend.aes256Gcm(bytes);
    for (const nothing of [[], [EMPTY], [EMPTY, EMPTY]]) {
      const sealed = key.seal(NONCE, AAD, nothing);
      checkBytes(concatBytes(...sealed), concatBytes(...key.seal(NONCE, AAD, [])), "the tag alone");
      check(sealed.at(-1)?.length === AEAD_TAG_LENGTH, "the tag as the last piece");
      check(concatBytes(...key.open(NONCE, AAD, sealed)).length === 0, "nothing");
    }
    check(
      key.open(NONCE, EMPTY, key.seal(NONCE, EMPTY, [MESSAGE])).length > 0,
      "no associated data to be taken",
    );
  });

  test("AES-256-GCM refuses any change", async () => {
    const key = backend.aes256Gcm(bytes);
    const whole = concatBytes(...key.seal(NONCE, AAD, [MESSAGE]));
    for (let index = 0; index < whole.length; index++) {
      const changed = whole.slice();
      changed[index]! ^= 0x80;
      await checkRefused(() => key.open(NONCE, AAD, [changed]));
    }
    await checkRefused(() => key.open(new Uint8Array(AEAD_NONCE_LENGTH), AAD, [whole]));
    await checkRefused(() => key.open(NONCE, MESSAGE, [whole]));
    await checkRefused(() => key.open(NONCE, EMPTY, [whole]));
    await checkRefused(() => backend.aes256Gcm(new Uint8Array(AEAD_KEY_LENGTH)).open(NONCE, AAD, [whole]));
    await checkRefused(() => key.open(NONCE, AAD, [whole.subarray(1)]));
    await checkRefused(() => key.open(NONCE, AAD, [whole, Uint8Array.of(0)]));
    for (let length = 0; length < AEAD_TAG_LENGTH; length++) {
      await checkRefused(() => key.open(NONCE, AAD, [whole.subarray(0, length)]));
    }
    await checkRefused(() => key.open(NONCE, AAD, []));
  });

  test("AES-256-GCM leaves its arguments alone", () => {
    const key = backend.aes256Gcm(bytes);
    const message = MESSAGE.slice();
    const sealed = concatBytes(...key.seal(NONCE, AAD, [message]));
    const kept = sealed.slice();
    checkBytes(message, MESSAGE, "the plaintext");
    key.open(NONCE, AAD, [sealed]);
    checkBytes(sealed, kept, "the ciphertext");
  });

  test("AES-256-GCM takes 256-bit keys and 96-bit nonces only", async () => {
    for (const length of [0, 16, 24, 31, 33])
      await checkRangeError(() => backend.aes256Gcm(new Uint8Array(length)));
    const key = backend.aes256Gcm(bytes);
    for (const length of [0, 8, 11, 13, 16]) {
      await checkRangeError(() => key.seal(new Uint8Array(length), AAD, [MESSAGE]));
      await checkRangeError(() => key.open(new Uint8Array(length), AAD, [MESSAGE]));
    }
  });

  test("an AEAD key is a copy, and ends with destroy", async () => {
    const given = bytes.slice();
    const key = backend.aes256Gcm(given);
    const sealed = key.seal(NONCE, AAD, [MESSAGE]);
    given.fill(0);
    checkBytes(concatBytes(...key.open(NONCE, AAD, sealed)), MESSAGE, "the message");
    key.destroy();
    key.destroy();
    await checkFailure(() => key.seal(NONCE, AAD, [MESSAGE]), "OCKAM_VAULT_KEY_DESTROYED");
    await checkFailure(() => key.open(NONCE, AAD, sealed), "OCKAM_VAULT_KEY_DESTROYED");
  });
}

async function checkRefused(open: () => unknown): Promise<void> {
  await checkFailure(open, "OCKAM_VAULT_DECRYPTION_FAILED");
}
