import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { testAttributeStorage } from "@ockam/credentials/testing";
import { Identifier } from "@ockam/identity";
import { testIdentityStorage, testPurposeKeyStorage } from "@ockam/identity/testing";
import { testDecryptionKeyStorage, testTopicKeyStorage } from "@ockam/portal-kafka/testing";
import { createSoftwareVault } from "@ockam/vault";
import { testSecretStorage, testVault } from "@ockam/vault/testing";
import { afterAll, test } from "vitest";

import { Database } from "./database.ts";
import { STATE_SCHEMA, VAULT_SCHEMA } from "./schema.ts";
import { sqliteAttributeStorage } from "./sqlite-attribute-storage.ts";
import { sqliteIdentityStorage } from "./sqlite-identity-storage.ts";
import { SqliteKafkaKeyStorage } from "./sqlite-kafka-key-storage.ts";
import { sqlitePurposeKeyStorage } from "./sqlite-purpose-key-storage.ts";
import { sqliteSecretStorage } from "./sqlite-secret-storage.ts";
import { SqliteTopicKeyStorage } from "./sqlite-topic-key-storage.ts";

// Files, not memory: it is the file that has to be right. Each test gets one of its own.
const folder = mkdtempSync(join(tmpdir(), "ockam-node-"));
const open: Database[] = [];
const paths = new Map<object, string>();

afterAll(() => {
  for (const database of open) database.close();
  rmSync(folder, { recursive: true });
});

function withFile<Storage extends object>(
  make: (database: Database) => Storage,
): {
  readonly create: () => Storage;
  readonly openAgain: (storage: Storage) => Storage;
} {
  const at = (path: string): Storage => {
    const database = Database.open(path, STATE_SCHEMA);
    open.push(database);
    const storage = make(database);
    paths.set(storage, path);
    return storage;
  };
  return {
    create: () => at(join(folder, `${open.length}.sqlite3`)),
    openAgain: (storage) => at(paths.get(storage)!),
  };
}

const identities = withFile(sqliteIdentityStorage);
testIdentityStorage(test, identities.create, { openAgain: identities.openAgain });

const purposeKeys = withFile(sqlitePurposeKeyStorage);
testPurposeKeyStorage(test, purposeKeys.create, { openAgain: purposeKeys.openAgain });

testAttributeStorage(test, withFile(sqliteAttributeStorage).create);

testDecryptionKeyStorage(
  test,
  withFile(
    (database) =>
      new SqliteKafkaKeyStorage({
        database,
        owner: new Identifier(new Uint8Array(32)),
        attributesOf: () => Promise.resolve(undefined),
      }),
  ).create,
);

testTopicKeyStorage(
  test,
  withFile((database) => {
    database.execute(`
      INSERT INTO vault VALUES ('v', NULL, 1);
      INSERT INTO named_identity VALUES ('i', 'I', 'v', 1);
      INSERT INTO node (name, identity, is_default, tcp_listener_address, status_endpoint) VALUES ('n', 'i', 1, '', '');
    `);
    return new SqliteTopicKeyStorage({
      database,
      node: "n",
      attributesOf: () => Promise.resolve(undefined),
    });
  }).create,
);

const secrets = (): ReturnType<typeof sqliteSecretStorage> => {
  const database = Database.open(join(folder, `${open.length}.vault`), VAULT_SCHEMA);
  open.push(database);
  return sqliteSecretStorage(() => database);
};
testSecretStorage(test, secrets);
testVault(test, () => createSoftwareVault({ storage: secrets() }));
