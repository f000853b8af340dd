// Writes to a state without pause, until it is killed.
import { SqliteState } from "../src/state/sqlite-state.ts";

const state = SqliteState.open();
const { name } = await state.identities.getDefault();
const killed = { pid: 1, start: "long ago" };
process.send?.("writing");
for (let i = 0; ; i++) {
  const node = `n${i % 20}`;
  const options = { tcpListenerAddress: "127.0.0.1:0", statusEndpoint: "off" };
  state.nodes.claim(node, { identityName: name, options, process: killed });
  state.nodes.resources(node).put("tcp-outlet", `o${i % 7}`, { i });
  if (i % 5 === 0) state.nodes.delete(node);
  if (i % 9 === 0) await state.identities.create();
}
