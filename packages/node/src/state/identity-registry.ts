import { zeroBytes } from "@ockam/codec";
import { createIdentities, Identifier } from "@ockam/identity";
import type { Identities, Identity, IdentityStorage, PurposeKeyStorage } from "@ockam/identity";
import { createSoftwareVault, memorySecretStorage } from "@ockam/vault";

import type { Database } from "./database.ts";
import type { Row } from "./row.ts";
import { expectName } from "./name.ts";
import { nodeError } from "../node-error.ts";
import { randomName } from "./random-name.ts";
import { putHistory, sqliteIdentityStorage } from "./sqlite-identity-storage.ts";
import { sqlitePurposeKeyStorage } from "./sqlite-purpose-key-storage.ts";
import type { NamedIdentities, NamedIdentity } from "./state.ts";
import type { VaultRegistry } from "./vault-registry.ts";
import { integerOf, textOf } from "./row.ts";

/** Identities in the table `named_identity`, each with the vault that holds its keys. */
export class IdentityRegistry implements NamedIdentities {
  readonly #database: Database;
  readonly #vaults: VaultRegistry;
  readonly #storage: IdentityStorage;
  readonly #purposeKeyStorage: PurposeKeyStorage;
  readonly #opened = new Map<string, Identities>();

  constructor(database: Database, vaults: VaultRegistry) {
    this.#database = database;
    this.#vaults = vaults;
    this.#storage = sqliteIdentityStorage(database);
    this.#purposeKeyStorage = sqlitePurposeKeyStorage(database);
  }

  async create(options: { readonly name?: string; readonly vault?: string } = {}): Promise<NamedIdentity> {
    if (options.name !== undefined) {
      expectName(options.name);
      const known = this.find(options.name);
      if (known !== undefined) return known;
    }
    const vaultName = this.#vaultName(options.vault);
    // In memory first: whoever is killed meanwhile leaves the whole identity, or nothing of it.
    const secrets = memorySecretStorage();
    const identities = createIdentities({ vault: createSoftwareVault({ storage: secrets }) });
    const { identifier, changeHistory, latest } = await identities.create();
    const handle = identities.vault.handleOf(latest.publicKey);
    const secret = await secrets.get(latest.publicKey.type, handle);
    if (secret === undefined) throw new TypeError("a new identity without its secret");
    try {
      return this.#database.transaction(() => {
        const name = options.name ?? this.#unusedName();
        // Another process may have been faster.
        const known = this.find(name);
        if (known !== undefined) return known;
        this.#vaults.keep(vaultName, { kind: latest.publicKey.type, handle, secret });
        putHistory(this.#database, identifier, changeHistory);
        return this.#insert(name, identifier, vaultName);
      });
    } finally {
      zeroBytes(secret);
    }
  }

  async import(changeHistory: Uint8Array, options: { readonly name?: string } = {}): Promise<NamedIdentity> {
    if (options.name !== undefined) expectName(options.name);
    const vaultName = this.#vaultName(undefined);
    const { identifier } = await this.#withVault(vaultName).import(changeHistory);
    return this.#database.transaction(() => {
      const name = options.name ?? this.#unusedName();
      const known = this.find(name);
      if (known !== undefined && !known.identifier.equals(identifier))
        throw nodeError("IDENTITY_EXISTS", `an identity named ${name} exists already; choose another name`);
      const renamed = this.#database.run(
        "UPDATE named_identity SET name = ? WHERE identifier = ?",
        name,
        identifier.toString(),
      );
      return renamed > 0 ? this.get(name) : this.#insert(name, identifier, vaultName);
    });
  }

  get(name: string): NamedIdentity {
    const identity = this.find(name);
    if (identity === undefined)
      throw nodeError(
        "IDENTITY_NOT_FOUND",
        `no identifier found with name ${name}; "ockam identity list" shows those that are there`,
      );
    return identity;
  }

  find(name: string): NamedIdentity | undefined {
    const row = this.#database.first("SELECT * FROM named_identity WHERE name = ?", name);
    return row === undefined ? undefined : identityOf(row);
  }

  findDefault(): NamedIdentity | undefined {
    const row = this.#database.first("SELECT * FROM named_identity WHERE is_default = 1");
    return row === undefined ? undefined : identityOf(row);
  }

  async getDefault(): Promise<NamedIdentity> {
    const known = this.findDefault();
    if (known !== undefined) return known;
    const created = await this.create();
    return this.findDefault() ?? created;
  }

  setDefault(name: string): void {
    this.#database.transaction(() => {
      const identity = this.get(name);
      if (identity.isDefault)
        throw nodeError("ALREADY_DEFAULT", `The identity named '${name}' is already the default`);
      this.#database.run("UPDATE named_identity SET is_default = 0 WHERE is_default = 1");
      this.#database.run("UPDATE named_identity SET is_default = 1 WHERE name = ?", name);
    });
  }

  list(): readonly NamedIdentity[] {
    return this.#database.all("SELECT * FROM named_identity ORDER BY rowid").map(identityOf);
  }

  async delete(name: string): Promise<void> {
    const identity = this.#database.transaction(() => {
      const found = this.get(name);
      const users = this.#database.all("SELECT name FROM node WHERE identity = ?", name);
      if (users.length > 0) {
        const nodes = users.map((row) => textOf(row, "name")).join(", ");
        throw nodeError(
          "IDENTITY_IN_USE",
          `the identity ${name} is used by the nodes ${nodes}; delete those first`,
          {
            details: { nodes },
          },
        );
      }
      this.#expectNoResource(name);
      this.#database.run("DELETE FROM named_identity WHERE name = ?", name);
      this.#forgetKafkaKeys(found.identifier);
      if (found.isDefault)
        this.#database.run(
          "UPDATE named_identity SET is_default = 1 WHERE rowid = (SELECT min(rowid) FROM named_identity)",
        );
      return found;
    });
    await this.#withVault(identity.vaultName).delete(identity.identifier, { deleteKeys: true });
  }

  rename(name: string, to: string): NamedIdentity {
    expectName(to);
    return this.#database.transaction(() => {
      this.get(name);
      this.#expectNoResource(name);
      if (this.find(to) !== undefined)
        throw nodeError("IDENTITY_EXISTS", `an identity named ${to} exists already; choose another name`);
      this.#database.run("UPDATE named_identity SET name = ? WHERE name = ?", to, name);
      return this.get(to);
    });
  }

  async rotate(name: string, options: { readonly revokePurposeKeys?: boolean } = {}): Promise<Identity> {
    const { identities, identifier } = this.open(name);
    return await identities.rotate(identifier, { revokeAllPurposeKeys: options.revokePurposeKeys ?? false });
  }

  async identity(name: string): Promise<Identity> {
    const { identities, identifier } = this.open(name);
    const identity = await identities.get(identifier);
    if (identity === undefined)
      throw nodeError(
        "STATE_DAMAGED",
        `the change history of the identity ${name} is missing; delete the identity`,
      );
    return identity;
  }

  open(name: string): { readonly identities: Identities; readonly identifier: Identifier } {
    const { identifier, vaultName } = this.get(name);
    return { identities: this.#withVault(vaultName), identifier };
  }

  /** Listeners, channels and inlets may have another identity than their node. */
  #expectNoResource(name: string): void {
    const user = this.#database.first(
      "SELECT node, kind, name FROM resource WHERE json_extract(definition, '$.identity') = ?",
      name,
    );
    if (user === undefined) return;
    const [node, kind, resource] = [textOf(user, "node"), textOf(user, "kind"), textOf(user, "name")];
    throw nodeError(
      "IDENTITY_IN_USE",
      `the identity ${name} is used by the ${kind} ${resource} of the node ${node}; delete that first`,
      { details: { nodes: node, hint: `'ockam ${kind} delete ${resource} --at ${node}' deletes it` } },
    );
  }

  /** Nobody opens with them any more. Secrets in a file of their own go with the file. */
  #forgetKafkaKeys(owner: Identifier): void {
    const handles = "SELECT handle FROM kafka_key WHERE owner = ?";
    this.#database.run(
      `DELETE FROM secret WHERE kind = 'aes256' AND handle IN (${handles})`,
      owner.toString(),
    );
    this.#database.run("DELETE FROM kafka_key WHERE owner = ?", owner.toString());
  }

  #insert(name: string, identifier: Identifier, vaultName: string): NamedIdentity {
    const isDefault = this.findDefault() === undefined;
    this.#database.run(
      "INSERT INTO named_identity (name, identifier, vault, is_default) VALUES (?, ?, ?, ?)",
      name,
      identifier.toString(),
      vaultName,
      isDefault ? 1 : 0,
    );
    return { name, identifier, vaultName, isDefault };
  }

  #withVault(vaultName: string): Identities {
    let identities = this.#opened.get(vaultName);
    if (identities === undefined) {
      identities = createIdentities({
        vault: this.#vaults.open(vaultName),
        storage: this.#storage,
        purposeKeyStorage: this.#purposeKeyStorage,
      });
      this.#opened.set(vaultName, identities);
    }
    return identities;
  }

  #vaultName(vault: string | undefined): string {
    return (vault === undefined ? this.#vaults.getDefault() : this.#vaults.getOrCreate(vault)).name;
  }

  #unusedName(): string {
    return randomName((name) => this.find(name) !== undefined);
  }
}

function identityOf(row: Row): NamedIdentity {
  return {
    name: textOf(row, "name"),
    identifier: Identifier.parse(textOf(row, "identifier")),
    vaultName: textOf(row, "vault"),
    isDefault: integerOf(row, "is_default") === 1,
  };
}
