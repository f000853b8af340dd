export { testIdentityStorage } from "./testing/test-identity-storage.ts";
export { testPurposeKeyStorage } from "./testing/test-purpose-key-storage.ts";
export type { StorageSuiteOptions, TestFunction } from "./testing/storage-suite.ts";
