// As run-node.ts, on what passes for Windows. "stuck": a node that does not answer, and cannot be asked to end.
import { runNode } from "../src/process/run-node.ts";
import { SqliteState } from "../src/state/sqlite-state.ts";
import { windowsIn } from "./windows.ts";

const home = process.env["OCKAM_HOME"]!;
using state = SqliteState.open({ home }, windowsIn(home));
if (process.argv[3] === "stuck") {
  process.once("message", () => {
    const options = { tcpListenerAddress: "off", statusEndpoint: "off" };
    void state.identities.getDefault().then(({ name }) => {
      state.nodes.claim(process.argv[2]!, { identityName: name, options, process: state.processes.own() });
      process.send!({ ready: true });
      for (;;);
    });
  });
  await new Promise(() => {});
}
await runNode({ state, name: process.argv[2]!, background: true });
