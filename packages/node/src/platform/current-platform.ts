import type { Platform } from "./platform.ts";
import { PosixPlatform } from "./posix-platform.ts";
import { WindowsPlatform } from "./windows-platform.ts";

let current: Platform | undefined;

/** What differs on the operating system that this process runs on. */
export function currentPlatform(): Platform {
  current ??= platformOf(process.platform);
  return current;
}

/** What differs on an operating system by Node.js's name of it. */
export function platformOf(system: NodeJS.Platform): Platform {
  return system === "win32" ? new WindowsPlatform() : new PosixPlatform(system);
}
