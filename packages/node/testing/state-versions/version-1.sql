-- database.sqlite3 as version 1 of its schema had it, with something in each table.
PRAGMA application_id = 1332440369;
PRAGMA user_version = 1;
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
INSERT INTO identity_attributes (subject, attested_by, attributes, added_at, expires_at) VALUES ('I3fa09f6d27ef67945a678ac9a5ff86665e73c896687e2559a89b9d417f72ab82', 'I02d4e985b8971a328f21be1263df4b97ee11c28fadfd93fa0cd9c5cb56b6117a', X'a0', 1700000000, 4000000000);
INSERT INTO node (name, identity, is_default, tcp_listener_address, status_endpoint, pid, process_start, bound_tcp_listener, bound_status_endpoint, control_socket) VALUES ('n1', 'bank', 0, '127.0.0.1:4000', 'off', 1, 'long ago', NULL, NULL, NULL);
INSERT INTO node (name, identity, is_default, tcp_listener_address, status_endpoint, pid, process_start, bound_tcp_listener, bound_status_endpoint, control_socket) VALUES ('n2', 'shop', 1, '127.0.0.1:0', 'off', 1, 'long ago', NULL, NULL, NULL);
INSERT INTO resource (node, kind, name, position, definition) VALUES ('n1', 'tcp-outlet', 'db', 1, '{"address":"db","to":"127.0.0.1:5432"}');
INSERT INTO resource (node, kind, name, position, definition) VALUES ('n1', 'tcp-inlet', 'web', 2, '{"name":"web","from":"127.0.0.1:8080","to":"/service/db"}');
