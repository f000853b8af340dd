import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Ockam } from "@ockam/acceptance";
import { ROOT } from "@ockam/repository";

import type { Consumer } from "./consumer.ts";
import { packedPackage } from "./packed-package.ts";
import { RUNTIMES } from "./runtime.ts";

const run = promisify(execFile);

/** A form in which users get the `ockam` command. */
export interface OckamForm {
  readonly title: string;
  /** It is a script, the last word of its command, for a Node.js that is there already. */
  readonly isScript: boolean;
  /** Puts it into a consumer's folder, alone. */
  readonly prepare: (consumer: Consumer) => Promise<Ockam>;
}

/** The oldest Node.js that the command is for. */
export const OLDEST = RUNTIMES.find(({ name }) => name === "Node.js 22.13")!;

export const OCKAM_FORMS: readonly OckamForm[] = [
  {
    title: `the npm package, on ${OLDEST.name}`,
    isScript: true,
    async prepare(consumer) {
      await consumer.install("npm", [packedPackage("apps/ockam").tarball]);
      const modules = readdirSync(join(consumer.folder, "node_modules"));
      const others = modules.filter((name) => !name.startsWith(".") && name !== "ockam");
      if (others.length > 0) throw new Error(`npm installed more than the package: ${others.join(", ")}`);
      return command(OLDEST.command[0], join(consumer.folder, "node_modules/ockam/dist/main.js"));
    },
  },
  {
    title: "one file",
    isScript: true,
    async prepare(consumer) {
      const file = join(consumer.folder, "ockam.mjs");
      await run(process.execPath, [join(ROOT, "apps/ockam/src/bundle-file.ts"), file]);
      return command(process.execPath, file);
    },
  },
  {
    title: "a single executable",
    isScript: false,
    async prepare(consumer) {
      const file = join(consumer.folder, "ockam");
      await run(process.execPath, [join(ROOT, "apps/ockam/src/build-executable.ts"), file]);
      return command(file);
    },
  },
];

function command(...words: [string, ...string[]]): Ockam {
  return { implementation: "typescript", command: words };
}
