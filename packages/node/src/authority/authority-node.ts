import { startAuthority } from "@ockam/authority";
import type { AuthorityOptions, StoredMember } from "@ockam/authority";
import { fromHex } from "@ockam/codec";
import { Attributes } from "@ockam/credentials";
import { echoWorker } from "@ockam/core-routing";
import { Identifier } from "@ockam/identity";
import { createSecureChannelListener } from "@ockam/secure-channel";

import { API_LISTENER } from "../channels/secure-channel-listeners.ts";
import type { NodeCore } from "../node-core.ts";
import { closeWithConnection } from "../routes/channel-lifetime.ts";
import { sqliteAttributeStorage } from "../state/sqlite-attribute-storage.ts";
import { AuthorityProjectRecord } from "./authority-project-record.ts";
import type { AuthoritySettings } from "./authority-settings.ts";
import { sqliteMembershipStorage } from "./sqlite-membership-storage.ts";

type AccountAuthority = NonNullable<AuthorityOptions["accountAuthority"]>;

/**
 * Starts what an authority's node has, and it has nothing else: the secure channel listener `api`, which whoever reaches
 * its TCP listener reaches, and behind its channels `echo` and the services of the authority. docs/node.md
 */
export async function startAuthorityNode(
  core: NodeCore,
  settings: AuthoritySettings,
): Promise<{ close(): Promise<void> }> {
  const { exposure, hops, log, router, state } = core;
  const { identities, identifier } = state.identities.open(core.identityName);
  const accountAuthority = await accountAuthorityOf(core, settings);
  const record = new AuthorityProjectRecord(core, settings, await identities.export(identifier));
  const storage = sqliteMembershipStorage(state.database, identifier);
  await storage.setPreTrusted(trustedMembers(settings, identifier, identities.now()), identities.now());
  const { accountAuthority: _, project, trustedIdentities: __, ...rest } = settings;
  const services = startAuthority(router, {
    ...rest,
    identities,
    identifier,
    storage,
    ...(accountAuthority === undefined ? {} : { accountAuthority }),
    ...(project === undefined
      ? {}
      : {
          project: {
            record: () => record.text(),
            registerNode: (caller, registration) => record.register(caller, registration),
          },
        }),
    log,
  });
  const echo = router.start(echoWorker(), { address: "echo" }).address;
  for (const address of [...services.addresses, echo]) exposure.expose(address, ["channels"]);
  const listener = createSecureChannelListener(router, API_LISTENER, {
    identities,
    identifier,
    ...(accountAuthority === undefined
      ? {}
      : { authority: accountAuthority.identifier, attributeStorage: accountAuthority.attributes }),
    log,
    onChannel: (channel) => {
      hops.add(channel.address, { closed: channel.closed, channel });
      closeWithConnection(core, channel);
    },
  });
  exposure.open("channels", listener.flowControlId);
  exposure.expose(listener.address, ["tcp"]);
  return {
    async close() {
      await Promise.all(listener.channels().map((channel) => channel.close()));
      await listener.close();
      await services.close();
    },
  };
}

function trustedMembers(
  { trustedIdentities }: AuthoritySettings,
  authority: Identifier,
  now: number,
): readonly StoredMember[] {
  return Object.entries(trustedIdentities).map(([identifier, attributes]) => ({
    identifier: Identifier.parse(identifier),
    attributes: Attributes.of(attributes),
    addedBy: authority,
    addedAt: now,
    isPreTrusted: true,
  }));
}

async function accountAuthorityOf(
  { identityName, state }: NodeCore,
  settings: AuthoritySettings,
): Promise<AccountAuthority | undefined> {
  if (settings.accountAuthority === undefined) return undefined;
  const { identities } = state.identities.open(identityName);
  const { identifier } = await identities.import(fromHex(settings.accountAuthority), {
    allowOlder: true,
  });
  return { identifier, attributes: sqliteAttributeStorage(state.database) };
}
