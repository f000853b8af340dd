export type { RegisterTest } from "./check.ts";
export { testBackend } from "./test-backend.ts";
export { testSecretStorage } from "./test-secret-storage.ts";
export { testVault } from "./test-vault.ts";
