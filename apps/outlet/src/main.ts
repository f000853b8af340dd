import { parseArgs } from "node:util";

import { echoWorker, listen, Router } from "@ockam/core-routing";
import { Identifier } from "@ockam/identity";
import { openIdentityFile } from "@ockam/identity-file";
import { createOutlet } from "@ockam/portal-tcp";
import { createSecureChannelListener, trustIdentifiers } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";

const { values } = parseArgs({
  options: {
    to: { type: "string" },
    listen: { type: "string", default: "127.0.0.1:4000" },
    allow: { type: "string", multiple: true, default: [] },
    identity: { type: "string", default: "outlet.identity" },
  },
});
if (values.to === undefined) {
  console.error(
    "usage: outlet --to HOST:PORT [--listen HOST:PORT] [--allow IDENTIFIER]... [--identity FILE]",
  );
  process.exit(64);
}

const { identities, identifier } = await openIdentityFile(values.identity);
const router = new Router();
const outlet = createOutlet(router, { to: values.to });
const listener = await listen(router, tcp(), values.listen);
const channels = createSecureChannelListener(router, "api", {
  identities,
  identifier,
  trustPolicy: trustIdentifiers(values.allow.map((text) => Identifier.parse(text))),
  consumerOf: [listener.flowControlId],
  onChannel: ({ peer }) => console.error(`${peer.toString()} has connected`),
});
// What a peer reaches through its channel, and nothing besides: the outlet, and the echo that tells it the channel stands.
const echo = router.start(echoWorker(), { address: "echo" });
for (const { address } of [outlet, echo]) router.flowControls.addConsumer(address, channels.flowControlId);

console.log(`${identifier.toString()} at ${listener.address}`);
