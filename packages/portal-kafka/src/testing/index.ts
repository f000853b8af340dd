export { testDecryptionKeyStorage } from "./test-decryption-key-storage.ts";
export { testTopicKeyStorage } from "./test-topic-key-storage.ts";
export type { TestFunction } from "./test-function.ts";
