import { access } from "node:fs/promises";

import { ockamPeerPath, routeTo, rustOckam, typescriptOckam } from "@ockam/peers";
import type { OckamHome } from "@ockam/peers";

import type { RunningSystem, System } from "./system.ts";

/** This product: two nodes with homes of their own, a secure channel, a portal. */
export const typescriptSystem: System = {
  name: "ockam-ts",
  missing: () => Promise.resolve(undefined),
  start: async (backend) => startPortal([typescriptOckam(), typescriptOckam()], backend),
};

/** The same with the Rust command, which logs errors only. */
export const rustSystem: System = {
  name: "ockam-rust",
  missing: () =>
    access(ockamPeerPath()).then(
      () => undefined,
      () => "the Rust ockam is not built, run: pnpm peers:install (30 minutes)",
    ),
  start: async (backend) => startPortal([await rustOckam(), await rustOckam()], backend),
};

async function startPortal([here, there]: [OckamHome, OckamHome], backend: number): Promise<RunningSystem> {
  await using opened = new AsyncDisposableStack();
  opened.use(there);
  opened.use(here);
  const outlet = await there.createNode("outlet");
  await there.createOutlet(outlet, backend);
  const inlet = await here.createNode("inlet");
  const port = await here.createInlet(inlet, `${routeTo(outlet)}/secure/api/service/outlet`);
  const homes = opened.move();
  return {
    port,
    nodePort: outlet.port,
    processes: () => [...here.processes(), ...there.processes()],
    command: async (args) => {
      await here.output(args);
    },
    [Symbol.asyncDispose]: () => homes.disposeAsync(),
  };
}
