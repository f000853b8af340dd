import { createIdentities, type Identity } from "@ockam/identity";
import type { State } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { verifyProject, type Project } from "@ockam/project";
import { expect, onTestFinished, test } from "vitest";

import { storeProject } from "./stored-project.ts";

const identities = createIdentities();
const node = await identities.create();

test("a project is stored with both change histories", async () => {
  const { identity, state } = await stateWithIdentity();
  const authority = await identities.create();
  const project = projectOf(authority);
  expect(await storeProject(state, project, identity)).toMatchObject({ id: "p", isDefault: true });
  const known = state.identities.open(identity).identities;
  for (const { changeHistory, identifier } of [node, authority]) {
    expect((await known.get(identifier))?.changeHistory).toEqual(changeHistory);
  }
});

test("with an old history of the authority the newer one stays known", async () => {
  const { identity, state } = await stateWithIdentity();
  const old = await identities.create();
  const fresh = await identities.rotate(old.identifier);
  const known = state.identities.open(identity).identities;
  await known.import(fresh.changeHistory);
  await storeProject(state, projectOf(old), identity);
  expect((await known.get(old.identifier))?.changeHistory).toEqual(fresh.changeHistory);
});

test("with a history that contradicts the known one nothing is stored", async () => {
  const { identity, state } = await stateWithIdentity();
  const first = await identities.create();
  // Somebody with the same key goes another way.
  const others = createIdentities({ vault: identities.vault });
  await others.import(first.changeHistory);
  const believed = await identities.rotate(first.identifier, { keepOldKey: true });
  const other = await others.rotate(first.identifier);
  await state.identities.open(identity).identities.import(believed.changeHistory);
  await expect(storeProject(state, projectOf(other), identity)).rejects.toMatchObject({
    code: "OCKAM_IDENTITY_FORK",
  });
  expect(state.projects.list()).toEqual([]);
});

async function stateWithIdentity(): Promise<{ readonly state: State; readonly identity: string }> {
  const state = openState({ inMemory: true });
  onTestFinished(() => state.close());
  return { state, identity: (await state.identities.create()).name };
}

function projectOf(authority: Identity): Project {
  return verifyProject({
    id: "p",
    name: "default",
    accessRoute: "/ip4/127.0.0.1/tcp/4000/service/p/service/api",
    changeHistory: node.changeHistory,
    authorityRoute: "/ip4/127.0.0.1/tcp/4001/service/api",
    authorityChangeHistory: authority.changeHistory,
  });
}
