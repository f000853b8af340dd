import { testTransport } from "@ockam/core-routing/testing";
import { test } from "vitest";

import { tcp } from "./tcp.ts";

testTransport(test, () => ({ transport: tcp(), address: "127.0.0.1:0" }));
