import { afterEach, describe, expect, test, vi } from "vitest";

import { defaultBackend } from "./default-backend.ts";
import { nobleBackend } from "./noble-backend.ts";
import { nodeBackend } from "./node-backend.ts";
import { createSoftwareVault } from "./software-vault.ts";
import { testBackend, testVault } from "./testing/index.ts";

test("the default is node:crypto on Node.js, chosen once", () => {
  expect(defaultBackend().name).toBe("node");
  expect(defaultBackend()).toBe(defaultBackend());
});

describe("without node:crypto", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test("there is no node backend, and the default is noble", async () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    vi.resetModules();
    expect(nodeBackend()).toBeUndefined();
    const fresh = await import("./default-backend.ts");
    expect(fresh.defaultBackend().name).toBe("noble");
  });

  test("a runtime without `process` or without its look-up has the noble backend", () => {
    vi.stubGlobal("process", undefined);
    expect(nodeBackend()).toBeUndefined();
    vi.stubGlobal("process", {});
    expect(nodeBackend()).toBeUndefined();
  });

  describe("noble", () => {
    testBackend(hidden, nobleBackend());
    testVault(hidden, () => createSoftwareVault({ backend: nobleBackend() }));
  });
});

// Registers a test during which a look-up of node:crypto would fail.
function hidden(name: string, run: () => void | Promise<void>): void {
  test(name, async () => {
    const lookUp = vi.spyOn(process, "getBuiltinModule").mockImplementation(() => {
      throw new Error("node:crypto is hidden");
    });
    await run();
    expect(lookUp).not.toHaveBeenCalled();
  });
}
