export { testMembershipStorage } from "./testing/test-membership-storage.ts";
export type { MembershipStorageSuiteOptions, TestFunction } from "./testing/test-membership-storage.ts";
