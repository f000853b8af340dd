-- database.sqlite3 as version 3 of its schema had it, with something in each table.
PRAGMA application_id = 1332440369;
PRAGMA user_version = 3;
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
  expires_at INTEGER NOT NULL, created_at INTEGER,
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
, trust TEXT, authority TEXT, hosted_project TEXT) STRICT;
CREATE UNIQUE INDEX default_node ON node (is_default) WHERE is_default = 1;
CREATE TABLE resource (
  node TEXT NOT NULL REFERENCES node (name) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  position INTEGER NOT NULL, -- order of creation
  definition TEXT NOT NULL, -- JSON
  PRIMARY KEY (node, kind, name)
) STRICT;
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
INSERT INTO vault (name, path, is_default) VALUES ('default', NULL, 1);
INSERT INTO secret (kind, handle, secret) VALUES ('ed25519', '849ccecaa2826fd8c6ac0d822eab6dc1770a05018a307279bb4ab59581c3c19d', X'2fd95447b40e52cba66c07461144c4ac0393e28497017265fcac753ba9dc9bb0');
INSERT INTO secret (kind, handle, secret) VALUES ('ed25519', 'cf8d29687eecb2365ec0c6318cd2a21d7b03668269f7ac03ac5a97dfeebebe95', X'65e9e2d2ca3e036edcd7d813fe8e648c06a8925b8b7ce2fcace27949987ec82f');
INSERT INTO secret (kind, handle, secret) VALUES ('x25519', 'c1fe1f1e8bbb85b5a88e678316d61d4abc00524f951eb2b15c3f6d4a7234d4cf', X'36062134c8af218b13f92a2b281b4abcde502c476f46c922eaa0a64f0ccccbab');
INSERT INTO identity (identifier, change_history) VALUES ('I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', X'81825837830101583285f68200815820fe48f486ccbfb032d5e4b5b55d0cfa19655b4085c24753e66bed2bbf316d0c9bf41a6b0cdf841a7dd8e2848200815840c6883e7f8edc36267b4ac85380e3e96eefaf5e07fca34a295954834e6dedaa6f196bee427c7c894f65ea88714d71cef5b4643d3f418485a6c0a668a4965b8b0f');
INSERT INTO identity (identifier, change_history) VALUES ('Ic52b9691c183ff2eab21fd4f2204346a096d445cfd2e63c9853bdf56c9cf9874', X'81825837830101583285f68200815820cc8ffb1bac378a65989847b6e3c2eb8aa3ec97be1338733840a37bfaa69f8703f41a6b0cdf841a7dd8e2848200815840df3c028b1a596f17968ea1a1159e614ab6e4087fd2a4f0b07a4ac74cd6eaf81464b4e1c1c75249deb22642689bfdfcae9a257d3b1f0bab7ce5f720f63aeb150f');
INSERT INTO identity (identifier, change_history) VALUES ('I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', X'81825837830101583285f6820081582026257c0ae335137ddb1f65977cfb1867e3730a594659074f5e223659898391d7f41a6b0cdf841a7dd8e2848200815840c412fe59dbf595b54031a1badf5f423cfab0659a249aad4b92585dedce59730ae262eadd16d2765877051f6edaf1ee9e47a2a7eda42cbdc7d2edc1cc311b340c');
INSERT INTO named_identity (name, identifier, vault, is_default) VALUES ('bank', 'I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 'default', 1);
INSERT INTO named_identity (name, identifier, vault, is_default) VALUES ('shop', 'Ic52b9691c183ff2eab21fd4f2204346a096d445cfd2e63c9853bdf56c9cf9874', 'default', 0);
INSERT INTO named_identity (name, identifier, vault, is_default) VALUES ('partner', 'I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', 'default', 0);
INSERT INTO purpose_key (identifier, purpose, attestation) VALUES ('I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 'secure-channel', X'825879830102587485582002d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a582002d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a82008158209d15b736b7f1fb286eb3ce6e962b0ead1567ed70f9f8e43c372e661ecff4b1011a6b0cdf841a7472e10482008158406addab08e7b1a1bf00cdca7ee24e20de242059229000bf6fe003cba9d24c2a6bc1850cee5085bd93789d6749a7432ffb2422c4b6e2b20a414dd929fcc2d1420d');
INSERT INTO identity_attributes (subject, attested_by, attributes, added_at, expires_at, created_at) VALUES ('I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', 'I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', X'a0', 1700000000, 4000000000, 1700000000);
INSERT INTO node (name, identity, is_default, tcp_listener_address, status_endpoint, pid, process_start, bound_tcp_listener, bound_status_endpoint, control_socket, trust, authority, hosted_project) VALUES ('n1', 'bank', 0, '127.0.0.1:4000', 'off', 1, 'long ago', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO node (name, identity, is_default, tcp_listener_address, status_endpoint, pid, process_start, bound_tcp_listener, bound_status_endpoint, control_socket, trust, authority, hosted_project) VALUES ('n2', 'shop', 1, '127.0.0.1:0', 'off', 1, 'long ago', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO resource (node, kind, name, position, definition) VALUES ('n1', 'tcp-outlet', 'db', 1, '{"address":"db","to":"127.0.0.1:5432"}');
INSERT INTO resource (node, kind, name, position, definition) VALUES ('n1', 'tcp-inlet', 'web', 2, '{"name":"web","from":"127.0.0.1:8080","to":"/service/db"}');
INSERT INTO project (id, name, record, is_default) VALUES ('p1', 'default', '{"id":"p1"}', 1);
INSERT INTO credential (subject, issuer, scope, credential, expires_at) VALUES ('I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 'I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', 'project-member:p1', X'010203', 4000000000);
INSERT INTO revocation (authority, subject, changed_at) VALUES ('I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 'I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', 1700000001);
INSERT INTO policy (node, scope, name, expression) VALUES ('n1', 'resource', 'db', '(= subject.role "db")');
INSERT INTO followed_authority (authority, sequence) VALUES ('I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 7);
INSERT INTO authority_member (authority, identifier, added_by, added_at, is_pre_trusted, was_named, attributes, expires_at) VALUES ('I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 'I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', 'I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 1700000000, 1, 1, X'a0', NULL);
INSERT INTO authority_token (authority, code_hash, issued_by, created_at, expires_at, uses, attributes) VALUES ('I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', X'0909090909090909090909090909090909090909090909090909090909090909', 'I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 1700000000, 4000000000, 3, X'a0');
INSERT INTO authority_change (sequence, authority, subject, changed_at) VALUES (1, 'I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 'I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', 1700000002);
INSERT INTO kafka_key (owner, decryptor, producer, handle, attributes) VALUES ('I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', 'd1', 'I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', '00ff', NULL);
INSERT INTO kafka_topic_key (node, id, producer, topic, seals_until, kept_until, is_served, attributes) VALUES ('n1', 'k1', 'I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', 'orders', 4000000000, 0, 1, NULL);
INSERT INTO kafka_topic_key_reader (node, id, inlet) VALUES ('n1', 'k1', 'inlet');
INSERT INTO kafka_key_salt (node, salt) VALUES ('n1', X'05050505050505050505050505050505');
