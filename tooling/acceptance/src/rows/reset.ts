import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Row } from "../row.ts";
import { act, exactly, ok, type Step } from "../step.ts";

const INSTALLED: Step = act((scene) => {
  mkdirSync(join(scene.home, "bin"));
  writeFileSync(join(scene.home, "bin/ockam"), "");
  writeFileSync(join(scene.home, "env"), "");
});

/** N: reset. */
export const RESET_ROWS: readonly Row[] = [
  {
    id: "N1",
    title: "what a node leaves in the state folder",
    steps: [
      INSTALLED,
      ok("node create -vv"),
      holds("database.sqlite3", "application_database.sqlite3", "nodes", "bin", "env"),
    ],
    next: [
      {
        id: "N2",
        title: "reset leaves what the installer put there",
        steps: [
          ok("reset --yes"),
          holdsExactly("application_database.sqlite3", "bin", "env"),
          ok("node list --output json", exactly("[]")),
          ok("reset --yes"),
        ],
      },
      {
        id: "N3",
        title: "reset twice",
        steps: [ok("reset --yes"), holdsExactly("application_database.sqlite3", "bin", "env")],
      },
    ],
  },
];

function holds(...names: readonly string[]): Step {
  return act((scene) => {
    const found = readdirSync(scene.home);
    const missing = names.filter((name) => !found.includes(name));
    if (missing.length > 0) throw new Error(`${missing.join(", ")} not among ${found.join(", ")}`);
  });
}

function holdsExactly(...names: readonly string[]): Step {
  return act((scene) => {
    const found = readdirSync(scene.home).toSorted();
    if (found.join() !== names.join())
      throw new Error(`expected ${names.join(", ")}, found ${found.join(", ")}`);
  });
}
