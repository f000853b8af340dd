import type { Schema } from "./migration.ts";

/** `database.sqlite3`: everything that `ockam reset` deletes. */
export const STATE_SCHEMA: Schema = {
  applicationId: 0x4f6b6d31,
  whenDamaged: 'bring it back from a backup, or start afresh with "ockam reset"',
  steps: [
    `
    CREATE TABLE vault (
      name TEXT PRIMARY KEY,
      path TEXT UNIQUE, -- null: the secrets are in this file
      is_default INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX default_vault ON vault (is_default) WHERE is_default = 1;

    CREATE TABLE secret (
      kind TEXT NOT NULL,
      handle TEXT NOT NULL,
      secret BLOB NOT NULL,
      PRIMARY KEY (kind, handle)
    ) STRICT;

    CREATE TABLE identity (
      identifier TEXT PRIMARY KEY,
      change_history BLOB NOT NULL
    ) STRICT;

    CREATE TABLE named_identity (
      name TEXT PRIMARY KEY,
      identifier TEXT NOT NULL UNIQUE,
      vault TEXT NOT NULL REFERENCES vault (name),
      is_default INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX default_identity ON named_identity (is_default) WHERE is_default = 1;

    CREATE TABLE purpose_key (
      identifier TEXT NOT NULL,
      purpose TEXT NOT NULL,
      attestation BLOB NOT NULL,
      PRIMARY KEY (identifier, purpose)
    ) STRICT;

    CREATE TABLE identity_attributes (
      subject TEXT NOT NULL,
      attested_by TEXT NOT NULL,
      attributes BLOB NOT NULL,
      added_at INTEGER NOT NULL, -- seconds since 1970
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (subject, attested_by)
    ) STRICT;

    CREATE TABLE node (
      name TEXT PRIMARY KEY,
      identity TEXT NOT NULL REFERENCES named_identity (name) ON UPDATE CASCADE,
      is_default INTEGER NOT NULL,
      tcp_listener_address TEXT NOT NULL,
      status_endpoint TEXT NOT NULL,
      pid INTEGER,
      process_start TEXT,
      bound_tcp_listener TEXT,
      bound_status_endpoint TEXT,
      control_socket TEXT
    ) STRICT;
    CREATE UNIQUE INDEX default_node ON node (is_default) WHERE is_default = 1;

    CREATE TABLE resource (
      node TEXT NOT NULL REFERENCES node (name) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      position INTEGER NOT NULL, -- order of creation
      definition TEXT NOT NULL, -- JSON
      PRIMARY KEY (node, kind, name)
    ) STRICT;
    `,
    `
    CREATE TABLE project (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      record TEXT NOT NULL, -- the project as JSON
      is_default INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX default_project ON project (is_default) WHERE is_default = 1;

    CREATE TABLE credential ( -- own ones
      subject TEXT NOT NULL,
      issuer TEXT NOT NULL,
      scope TEXT NOT NULL,
      credential BLOB NOT NULL,
      expires_at INTEGER NOT NULL, -- seconds since 1970
      PRIMARY KEY (subject, issuer, scope)
    ) STRICT;

    CREATE TABLE revocation ( -- what an authority said about others
      authority TEXT NOT NULL,
      subject TEXT NOT NULL,
      changed_at INTEGER NOT NULL, -- credentials made in that second or before are void
      PRIMARY KEY (authority, subject)
    ) STRICT;

    CREATE TABLE policy (
      node TEXT NOT NULL REFERENCES node (name) ON DELETE CASCADE,
      scope TEXT NOT NULL, -- type or resource
      name TEXT NOT NULL,
      expression TEXT NOT NULL,
      PRIMARY KEY (node, scope, name)
    ) STRICT;

    CREATE TABLE followed_authority ( -- how far what an authority says about others has been heard
      authority TEXT PRIMARY KEY,
      sequence INTEGER NOT NULL
    ) STRICT;

    ALTER TABLE identity_attributes ADD COLUMN created_at INTEGER; -- of the credential

    ALTER TABLE node ADD COLUMN trust TEXT; -- JSON; null: the default project, if there is one
    ALTER TABLE node ADD COLUMN authority TEXT; -- JSON; null: not an authority's node
    ALTER TABLE node ADD COLUMN hosted_project TEXT; -- id; null: not a project's node

    CREATE TABLE authority_member (
      authority TEXT NOT NULL,
      identifier TEXT NOT NULL,
      added_by TEXT NOT NULL,
      added_at INTEGER NOT NULL,
      is_pre_trusted INTEGER NOT NULL,
      was_named INTEGER NOT NULL, -- by the owner of the authority at the last start, whatever was done with it since
      attributes BLOB NOT NULL,
      expires_at INTEGER, -- null: as long as nobody removes it
      PRIMARY KEY (authority, identifier)
    ) STRICT;

    CREATE TABLE authority_token (
      authority TEXT NOT NULL,
      code_hash BLOB NOT NULL,
      issued_by TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      uses INTEGER NOT NULL, -- left
      attributes BLOB NOT NULL,
      PRIMARY KEY (authority, code_hash)
    ) STRICT;

    CREATE TABLE authority_change ( -- members that were removed or got other attributes
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      authority TEXT NOT NULL,
      subject TEXT NOT NULL,
      changed_at INTEGER NOT NULL,
      UNIQUE (authority, subject)
    ) STRICT;
    `,
    `
    CREATE TABLE kafka_key ( -- agreed on with producers
      owner TEXT NOT NULL, -- the identity whose vault has the secret
      decryptor TEXT NOT NULL, -- what sealed records call it
      producer TEXT NOT NULL,
      handle TEXT NOT NULL, -- of the secret
      attributes BLOB, -- what was attested of the producer then; null: nothing
      PRIMARY KEY (owner, decryptor)
    ) STRICT;

    CREATE TABLE kafka_topic_key ( -- secrets are in the vault of the node's identity, by the id
      node TEXT NOT NULL REFERENCES node (name) ON DELETE CASCADE,
      id TEXT NOT NULL,
      producer TEXT NOT NULL,
      topic TEXT NOT NULL,
      seals_until INTEGER NOT NULL, -- seconds since 1970
      kept_until INTEGER NOT NULL, -- 0: for good
      is_served INTEGER NOT NULL,
      attributes BLOB, -- what was attested of the producer when the key came; null: nothing
      PRIMARY KEY (node, id)
    ) STRICT;
    CREATE INDEX kafka_topic_key_producer ON kafka_topic_key (node, producer);
    CREATE INDEX kafka_topic_key_end ON kafka_topic_key (node, kept_until) WHERE kept_until <> 0;

    CREATE TABLE kafka_topic_key_reader ( -- inlets that fetched a key, as their policy allowed it
      node TEXT NOT NULL,
      id TEXT NOT NULL,
      inlet TEXT NOT NULL,
      PRIMARY KEY (node, id, inlet),
      FOREIGN KEY (node, id) REFERENCES kafka_topic_key (node, id) ON DELETE CASCADE
    ) STRICT;

    CREATE TABLE kafka_key_salt (
      node TEXT PRIMARY KEY REFERENCES node (name) ON DELETE CASCADE,
      salt BLOB NOT NULL
    ) STRICT;
    `,
    `
    ALTER TABLE node ADD COLUMN control_token TEXT; -- null: the folder of the control socket keeps others out
    `,
  ],
};

/** `vault-<name>`: the secrets of a vault with a file of its own. */
export const VAULT_SCHEMA: Schema = {
  applicationId: 0x4f6b6d32,
  whenDamaged: "bring it back from a backup; the identities whose keys are in it cannot be used without it",
  steps: [
    `
    CREATE TABLE secret (
      kind TEXT NOT NULL,
      handle TEXT NOT NULL,
      secret BLOB NOT NULL,
      PRIMARY KEY (kind, handle)
    ) STRICT;
    `,
  ],
};

/** `application_database.sqlite3`: what survives `ockam reset`. */
export const APPLICATION_SCHEMA: Schema = {
  applicationId: 0x4f6b6d33,
  whenDamaged: "delete it; it only says when the folder was first used",
  steps: [
    `
    CREATE TABLE fact (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT;
    INSERT INTO fact (name, value) VALUES ('first_use', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
    `,
  ],
};
