import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { expect, test } from "vitest";

// `import` of `node:http` would load it: as many milliseconds as all of a short command.
test("neither a node nor a call of one loads the client of Node.js for HTTP and WebSockets", async () => {
  const program = ["index.ts", "offline.ts", "control/node-client.ts"]
    .map((file) => `await import(${JSON.stringify(new URL(`../${file}`, import.meta.url).href)});`)
    .join("");
  const listing = `process.stdout.write(process.moduleLoadList.join("\\n"));`;
  const args = ["--input-type=module", "--eval", program + listing];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toContain("NativeModule net\n");
  expect(stdout).not.toContain("undici");
}, 60_000);
