import { test } from "vitest";

import { memoryTopicKeyStorage } from "./topic-key-storage.ts";
import { testTopicKeyStorage } from "./testing/index.ts";

testTopicKeyStorage(test, memoryTopicKeyStorage);
