import { SECRET_KEY_LENGTH } from "../backend.ts";
import type { SecretKind, SecretStorage } from "../secret-storage.ts";
import { check, checkBytes } from "./check.ts";
import type { RegisterTest } from "./check.ts";

const KINDS: readonly SecretKind[] = ["ed25519", "p256", "x25519", "aes256"];
const HANDLE = "ab".repeat(32);
const OTHER = "cd".repeat(32);

/** The tests that every {@link SecretStorage} passes. `create` makes an empty one. */
export function testSecretStorage(
  test: RegisterTest,
  create: () => SecretStorage | Promise<SecretStorage>,
): void {
  test("secrets are kept by kind and handle", async () => {
    const storage = await create();
    for (const [index, kind] of KINDS.entries()) {
      await storage.put(kind, HANDLE, secretOf(index));
      await storage.put(kind, OTHER, secretOf(index + 100));
    }
    for (const [index, kind] of KINDS.entries()) {
      checkBytes(await storage.get(kind, HANDLE), secretOf(index), `the ${kind} secret`);
      checkBytes(await storage.get(kind, OTHER), secretOf(index + 100), `the other ${kind} secret`);
    }
  });

  test("an unknown secret is undefined", async () => {
    const storage = await create();
    await storage.put("ed25519", HANDLE, secretOf(1));
    check((await storage.get("p256", HANDLE)) === undefined, "nothing for another kind");
    check((await storage.get("ed25519", OTHER)) === undefined, "nothing for another handle");
  });

  test("bytes are copied on the way in and out", async () => {
    const storage = await create();
    const given = secretOf(1);
    await storage.put("x25519", HANDLE, given);
    given.fill(0);
    const taken = await storage.get("x25519", HANDLE);
    checkBytes(taken, secretOf(1), "the secret as it was put");
    taken?.fill(0);
    checkBytes(await storage.get("x25519", HANDLE), secretOf(1), "the secret as it was put");
  });

  test("a later secret takes the place of an earlier one", async () => {
    const storage = await create();
    await storage.put("p256", HANDLE, secretOf(1));
    await storage.put("p256", HANDLE, secretOf(2));
    checkBytes(await storage.get("p256", HANDLE), secretOf(2), "the later secret");
  });

  test("a deleted secret is gone, and only that one", async () => {
    const storage = await create();
    for (const kind of KINDS) await storage.put(kind, HANDLE, secretOf(1));
    check(await storage.delete("p256", HANDLE), "the secret to be found");
    check(!(await storage.delete("p256", HANDLE)), "the secret to be gone");
    check((await storage.get("p256", HANDLE)) === undefined, "nothing");
    checkBytes(await storage.get("ed25519", HANDLE), secretOf(1), "the secret of another kind");
  });
}

function secretOf(seed: number): Uint8Array {
  return new Uint8Array(SECRET_KEY_LENGTH).fill(seed);
}
