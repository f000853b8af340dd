export { testAttributeStorage } from "./testing/test-attribute-storage.ts";
export type { AttributeStorageSuiteOptions, TestFunction } from "./testing/test-attribute-storage.ts";
