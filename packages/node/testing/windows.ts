import { join } from "node:path";

import { WindowsPlatform } from "../src/platform/windows-platform.ts";
import type { WindowsSystem } from "../src/platform/windows-platform.ts";

/**
 * Windows as far as it can be had elsewhere: pipes are Unix sockets in the folder, access lists are not there. What is
 * given is different from that.
 */
export function windowsIn(folder: string, system: Partial<WindowsSystem> = {}): WindowsPlatform {
  return new WindowsPlatform({
    pipes: join(folder, "pipe-"),
    profile: folder,
    user: "DESK\\ada",
    run: () => {},
    ...system,
  });
}
