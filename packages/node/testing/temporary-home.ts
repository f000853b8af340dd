import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An empty folder that is gone at the end of the block. */
export function temporaryHome(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "ockam-node-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
