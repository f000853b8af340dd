import { describe, test } from "vitest";

import { memoryTransport } from "./memory-transport.ts";
import { testTransport } from "./testing.ts";

describe("the suite of transports", () => {
  testTransport(test, () => ({ transport: memoryTransport(), address: "" }));
});
