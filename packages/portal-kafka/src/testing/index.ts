export { testDecryptionKeyStorage } from "./test-decryption-key-storage.ts";
export type { TestFunction } from "./test-decryption-key-storage.ts";
