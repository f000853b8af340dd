import { Address, connect, Router } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import { createSecureChannel } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";

const AT_ONCE = 4;

/** Secure channels per second: opens `count` of them with the node's `api` listener, this library being the initiator. */
export async function openSecureChannels(port: number, count: number): Promise<number> {
  await using router = new Router();
  const identities = createIdentities();
  const { identifier } = await identities.create();
  const connection = await connect(router, tcp(), `127.0.0.1:${port}`);
  const route = [connection.address, Address.local("api")];
  const open = async (): Promise<void> => {
    const channel = await createSecureChannel(router, route, { identities, identifier, confirm: true });
    await channel.close();
  };

  await open();
  let left = count;
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) await open();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - start) / 1000;
  await connection.close();
  return count / seconds;
}
