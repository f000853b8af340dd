import type { Schema } from "./migration.ts";

/** `database.sqlite3`: everything that `ockam reset` deletes. */
export const STATE_SCHEMA: Schema = {
  applicationId: 0x4f6b6d31,
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
  ],
};

/** `vault-<name>`: the secrets of a vault with a file of its own. */
export const VAULT_SCHEMA: Schema = {
  applicationId: 0x4f6b6d32,
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
  steps: [
    `
    CREATE TABLE fact (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT;
    `,
  ],
};
