import { Attributes, issueCredential, memoryAttributeStorage } from "@ockam/credentials";
import type { AttributeStorage, Credential } from "@ockam/credentials";
import { createIdentities } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";
import { expect, test } from "vitest";

import { settle, Twin, until } from "../testing/twin.ts";
import type { Party } from "../testing/twin.ts";
import { encodeRefreshCredentials } from "./channel-message.ts";
import { createSecureChannel } from "./create-secure-channel.ts";
import type { SecureChannelListenerOptions } from "./secure-channel-listener.ts";
import type { SecureChannel } from "./secure-channel.ts";

interface Authority {
  readonly identities: Identities;
  readonly identifier: Identifier;
  issue(subject: Party, role: string, ttl?: number): Promise<Credential>;
}

async function createAuthority(): Promise<Authority> {
  const identities = createIdentities();
  const { identifier } = await identities.create();
  return {
    identities,
    identifier,
    issue: async (subject, role, ttl = 3600) => {
      const { identifier: who } = await identities.import(
        await subject.identities.export(subject.identifier),
      );
      return issueCredential(identities, {
        issuer: identifier,
        subject: who,
        attributes: Attributes.of({ role }),
        ttl,
      });
    },
  };
}

interface Scene {
  readonly twin: Twin;
  readonly authority: Authority;
  readonly attributes: AttributeStorage;
  readonly role: (party: Party) => Promise<string | undefined>;
  /** Opens a channel whose initiator presents the credential of the moment. */
  readonly open: (credential?: () => Uint8Array | undefined) => Promise<SecureChannel>;
}

async function scene(options: Partial<SecureChannelListenerOptions> = {}): Promise<Scene> {
  const authority = await createAuthority();
  const attributes = memoryAttributeStorage();
  const twin = await Twin.create({
    authority: authority.identifier,
    attributeStorage: attributes,
    ...options,
  });
  await twin.responder.identities.import(await authority.identities.export(authority.identifier));
  return {
    twin,
    authority,
    attributes,
    role: async (party) => {
      const now = twin.responder.identities.now();
      return (await attributes.get(party.identifier, authority.identifier, now))?.attributes.text("role");
    },
    open: async (credential = () => undefined) =>
      createSecureChannel(twin.initiator.router, await twin.route(), {
        ...twin.initiator.options,
        credential: async () => credential(),
      }),
  };
}

test("a credential presented in the handshake gives its attributes to the peer, until it expires", async () => {
  const { twin, authority, attributes, role, open } = await scene();
  const credential = await authority.issue(twin.initiator, "client");
  await open(() => credential.encoded);
  expect(await role(twin.initiator)).toBe("client");
  expect(await role(twin.responder)).toBeUndefined();
  const { identifier } = twin.initiator;
  expect(await attributes.get(identifier, authority.identifier, credential.expiresAt - 1)).toBeDefined();
  expect(await attributes.get(identifier, authority.identifier, credential.expiresAt)).toBeUndefined();
  await twin[Symbol.asyncDispose]();
});

test("a responder presents its credential as well", async () => {
  let own: Uint8Array | undefined;
  const { twin, authority } = await scene({ credential: async () => own });
  own = (await authority.issue(twin.responder, "service")).encoded;
  const { router, identities, options } = twin.initiator;
  await identities.import(await authority.identities.export(authority.identifier));
  const attributeStorage = memoryAttributeStorage();
  await createSecureChannel(router, await twin.route(), {
    ...options,
    authority: authority.identifier,
    attributeStorage,
  });
  const entry = await attributeStorage.get(twin.responder.identifier, authority.identifier, identities.now());
  expect(entry?.attributes.text("role")).toBe("service");
  expect(entry?.attestedBy.equals(authority.identifier)).toBe(true);
  await twin[Symbol.asyncDispose]();
});

test("an unusable credential costs the peer its attributes, not the channel", async () => {
  const { twin, authority, role, open } = await scene();
  const other = await createAuthority();
  const stolen = (await authority.issue(twin.responder, "admin")).encoded;
  const damaged = (await authority.issue(twin.initiator, "admin")).encoded.slice();
  damaged[damaged.length - 300]! ^= 1;
  for (const encoded of [
    stolen,
    damaged,
    (await other.issue(twin.initiator, "admin")).encoded,
    Uint8Array.of(0x80),
    Uint8Array.of(0xf6),
  ]) {
    const channel = await open(() => encoded);
    expect(await channel.ping()).toBeGreaterThan(0);
    expect(await role(twin.initiator)).toBeUndefined();
  }
  const warnings = twin.responder.entries.filter(({ message }) => message.includes("is not accepted"));
  expect(warnings).toHaveLength(5);
  await twin[Symbol.asyncDispose]();
});

test("credentials are left aside where no authority is configured", async () => {
  const { twin, authority, role } = await scene();
  const credential = await authority.issue(twin.initiator, "client");
  await using plain = await Twin.create();
  const channel = await createSecureChannel(plain.initiator.router, await plain.route(), {
    ...twin.initiator.options,
    credential: async () => credential.encoded,
  });
  expect(await channel.ping()).toBeGreaterThan(0);
  expect(await role(twin.initiator)).toBeUndefined();
  await twin[Symbol.asyncDispose]();
});

test("a peer that is not trusted leaves no attributes behind", async () => {
  const { twin, authority, role } = await scene({ trustPolicy: { isTrusted: () => false } });
  const credential = await authority.issue(twin.initiator, "client");
  await createSecureChannel(twin.initiator.router, await twin.route(), {
    ...twin.initiator.options,
    credential: async () => credential.encoded,
    confirm: false,
  });
  await until(() => twin.listener.halfOpenHandshakes === 0);
  expect(await role(twin.initiator)).toBeUndefined();
  await twin[Symbol.asyncDispose]();
});

test("a refreshed credential counts before the messages that follow it", async () => {
  const { twin, authority, role, open } = await scene();
  let credential: Uint8Array | undefined;
  const channel = await open(() => credential);
  expect(await channel.refreshCredential()).toBe(false);
  credential = (await authority.issue(twin.initiator, "client")).encoded;
  const refreshing = channel.refreshCredential();
  expect(await refreshing).toBe(true);
  await channel.ping();
  expect(await role(twin.initiator)).toBe("client");
  // The same credential again is not sent.
  expect(await channel.refreshCredential()).toBe(false);
  credential = (await authority.issue(twin.initiator, "operator")).encoded;
  expect(await channel.refreshCredential()).toBe(true);
  await channel.ping();
  expect(await role(twin.initiator)).toBe("operator");
  await twin[Symbol.asyncDispose]();
});

test("what was presented in the handshake is not sent again", async () => {
  const { twin, authority, open } = await scene();
  const { encoded } = await authority.issue(twin.initiator, "client");
  const channel = await open(() => encoded);
  expect(await channel.refreshCredential()).toBe(false);
  await twin[Symbol.asyncDispose]();
});

test("a responder refreshes its credential towards the initiator", async () => {
  let own: Uint8Array | undefined;
  const { twin, authority } = await scene({ credential: async () => own });
  const { router, identities, options } = twin.initiator;
  await identities.import(await authority.identities.export(authority.identifier));
  const attributeStorage = memoryAttributeStorage();
  const channel = await createSecureChannel(router, await twin.route(), {
    ...options,
    authority: authority.identifier,
    attributeStorage,
  });
  own = (await authority.issue(twin.responder, "service")).encoded;
  expect(await twin.listener.channels()[0]!.refreshCredential()).toBe(true);
  await channel.ping();
  const entry = await attributeStorage.get(twin.responder.identifier, authority.identifier, identities.now());
  expect(entry?.attributes.text("role")).toBe("service");
  await twin[Symbol.asyncDispose]();
});

test("a refresh with another's history, or none, or an older one changes nothing and ends nothing", async () => {
  const { twin, authority, role } = await scene();
  const { router, identities, identifier, options } = twin.initiator;
  const channel = await createSecureChannel(router, await twin.route(), options);
  const far = twin.listener.channels()[0]!;
  const credential = (await authority.issue(twin.initiator, "client")).encoded;
  const own = await identities.export(identifier);
  const foreign = await twin.responder.identities.export(twin.responder.identifier);
  const app = router.start(() => {});
  const present = async (changeHistory: Uint8Array, credentials: Uint8Array[]): Promise<void> => {
    // `encrypt` seals anything: here a refresh that the channel itself would not send.
    const sealed = channel.encrypt(encodeRefreshCredentials({ changeHistory, credentials }));
    await app.send(channel.route, sealed, { returnRoute: [] });
    await channel.ping();
  };
  await present(foreign, [credential]);
  expect(await role(twin.initiator)).toBeUndefined();
  await present(Uint8Array.of(0x80), [credential]);
  expect(await role(twin.initiator)).toBeUndefined();
  await present(own, [credential]);
  expect(await role(twin.initiator)).toBe("client");
  await present(own, []);
  expect(await role(twin.initiator)).toBe("client");
  const rotated = await identities.rotate(identifier);
  await twin.responder.identities.import(rotated.changeHistory);
  const newer = (await authority.issue(twin.initiator, "operator")).encoded;
  await present(own, [newer]);
  expect(await role(twin.initiator)).toBe("client");
  await present(rotated.changeHistory, [newer]);
  expect(await role(twin.initiator)).toBe("operator");
  expect(far.peer.equals(identifier)).toBe(true);
  await settle();
  await twin[Symbol.asyncDispose]();
});
