// The program of a background node in tests: what the command runs.
import { openState } from "../src/offline.ts";
import { runNode } from "../src/process/run-node.ts";

using state = openState();
await runNode({ state, name: process.argv[2]!, background: true });
