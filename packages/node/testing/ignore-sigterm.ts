// A node that hangs: it has its name, and does not end when it is told to.
import { SqliteState } from "../src/state/sqlite-state.ts";

const state = SqliteState.open();
const { name } = await state.identities.getDefault();
const options = { tcpListenerAddress: "127.0.0.1:0", statusEndpoint: "off" };
state.nodes.claim("stubborn", { identityName: name, options, process: state.processes.own() });
process.on("SIGTERM", () => {});
process.send?.("up");
setInterval(() => {}, 1000);
