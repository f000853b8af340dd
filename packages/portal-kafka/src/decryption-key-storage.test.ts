import { test } from "vitest";

import { memoryDecryptionKeyStorage } from "./decryption-key-storage.ts";
import { testDecryptionKeyStorage } from "./testing/index.ts";

testDecryptionKeyStorage(test, memoryDecryptionKeyStorage);
