import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";

import { Address, connect, Router } from "@ockam/core-routing";
import { Identifier } from "@ockam/identity";
import { openIdentityFile } from "@ockam/identity-file";
import { createInlet } from "@ockam/portal-tcp";
import { createSecureChannel, trustIdentifiers } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";

const RETRY_AFTER = 1_000;

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "127.0.0.1:15432" },
    to: { type: "string" },
    authorized: { type: "string" },
    identity: { type: "string", default: "inlet.identity" },
  },
});
const { identities, identifier } = await openIdentityFile(values.identity);
if (values.to === undefined || values.authorized === undefined) {
  console.error("usage: inlet --to HOST:PORT --authorized IDENTIFIER [--from HOST:PORT] [--identity FILE]");
  console.error(`the outlet has to allow this inlet: ${identifier.toString()}`);
  process.exit(64);
}

const trustPolicy = trustIdentifiers([Identifier.parse(values.authorized)]);
const router = new Router();
const inlet = await createInlet(router, { from: values.from });
console.log(`${identifier.toString()} at ${inlet.address}`);

for (;;) {
  try {
    await using connection = await connect(router, tcp(), values.to);
    const api = [connection.address, Address.local("api")];
    await using channel = await createSecureChannel(router, api, { identities, identifier, trustPolicy });
    inlet.setRoute([channel.address, Address.local("outlet")]);
    console.error(`connected with ${channel.peer.toString()}`);
    await Promise.race([connection.closed, channel.closed]);
    console.error("the connection has ended");
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  inlet.pause();
  inlet.resetConnections();
  await setTimeout(RETRY_AFTER);
}
