import { test } from "vitest";

import { memoryMembershipStorage } from "./memory-membership-storage.ts";
import { testMembershipStorage } from "./testing/test-membership-storage.ts";

testMembershipStorage(test, memoryMembershipStorage);
