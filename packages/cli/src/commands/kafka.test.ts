import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";

import { createNode, type OckamNode, type State } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../../../portal-kafka/testing/certificate.ts";
import { CollectedText } from "../../testing/collected-text.ts";
import { temporaryHome } from "../../testing/test-project.ts";
import { Program } from "../program.ts";

const WHO = `I${"1".repeat(64)}`;
const ALLOW = ["--allow", WHO];
const ALLOW_ALL = [...ALLOW, "--allow-consumer", WHO, "--allow-producer", WHO];
const INLET = ["kafka-inlet", "create", "--to", "self", "--from", "0", "--no-connection-wait"];

let home: string;
let state: State;
let node: OckamNode;

beforeEach(async () => {
  home = temporaryHome();
  vi.stubEnv("OCKAM_HOME", home);
  vi.stubEnv("OCKAM_DEFAULT_TIMEOUT", "5s");
  mkdirSync(join(home, "nodes"));
  state = openState({ home });
  node = await createNode({ state, name: "n1", control: true });
});
afterEach(async () => {
  await node.close();
  state.close();
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

describe("kafka-outlet create", () => {
  test.each([
    [[], { name: "kafka_outlet", bootstrapServer: "127.0.0.1:9092", tls: false, prefix: "kafka" }],
    [["o", "--bootstrap-server", ":9093"], { name: "o", bootstrapServer: "127.0.0.1:9093" }],
    [["/service/o", "--to", "tls://kafka.internal:9093"], { name: "o", tls: true }],
    [["--addr", "o", "--tls"], { name: "o", tls: true }],
    [["--from", "/service/o", "--prefix", "eu"], { name: "o", prefix: "eu" }],
  ])("%j", async (words, definition) => {
    expect((await ockam("kafka-outlet", "create", ...words)).exitCode).toBe(0);
    expect(node.resources()).toMatchObject([{ kind: "kafka-outlet", definition }]);
  });

  test("takes authorities for the brokers' certificates", async () => {
    const words = ["--to", "tls://b:1", "--tls-authorities", file(TEST_CERTIFICATE)];
    const { exitCode } = await ockam("kafka-outlet", "create", ...words);
    expect(exitCode).toBe(0);
    expect(node.resources()[0]!.definition).toMatchObject({ tlsAuthorities: TEST_CERTIFICATE });
  });

  test("answers with what Rust's command says, and more", async () => {
    const { stdout } = await ockam("kafka-outlet", "create", ...ALLOW);
    expect(JSON.parse(stdout)).toEqual({
      node_name: "n1",
      bootstrap_server: "tcp://127.0.0.1:9092",
      addr: "kafka_outlet",
      type: "kafka_outlet",
      name: "kafka_outlet",
      address: "/service/kafka_interceptor",
      prefix: "kafka",
      tls: false,
      brokers: {},
      connections: 0,
      traffic: { open_connections: 0, connections: 0, bytes_sent: 0, bytes_received: 0 },
      peer_identifiers: [],
      last_failure: null,
      last_failure_at: null,
      warning: null,
    });
  });

  test("says how it is reached, and that nobody may yet", async () => {
    const { stderr } = await ockamAt(true, "kafka-outlet", "create", "--prefix", "eu");
    expect(stderr).toContain("ockam kafka-inlet create --to /node/n1/secure/api --outlet-prefix eu");
    expect(stderr).toMatch(/trusts no authority[^]*--allow[^]*policy create --resource kafka_outlet/);
  });

  test("needs a prefix of its own beside another one", async () => {
    await ockam("kafka-outlet", "create");
    const { exitCode, stderr } = await ockam("kafka-outlet", "create", "second");
    expect([exitCode, stderr]).toEqual([70, expect.stringMatching(/give --prefix PREFIX[^]*ADDRESS_IN_USE/)]);
    expect(await ockam("kafka-outlet", "create", "second", "--prefix", "x")).toMatchObject({ exitCode: 0 });
  });

  test("is undone when the relay cannot be had", async () => {
    const { exitCode, stderr } = await ockam("kafka-outlet", "create", ...ALLOW, "--relay", "default");
    expect([exitCode, stderr]).toEqual([70, expect.stringContaining("OCKAM_CLI_NO_PROJECT")]);
    expect(node.resources()).toEqual([]);
  });

  test.each([
    [["--to", "udp://b:1"], /leads to a TCP server/],
    [["--to", "b:0"], /does not listen at port 0/],
    [["--to", "b"], /not a socket address/],
    [["--tls-authorities", "x"], /give --bootstrap-server tls:\/\/127.0.0.1:9092/],
    [["--allow", "a = b"], /invalid value 'a = b' for '--allow <POLICY>'/],
  ])("%j is a usage error", async (words, message) => {
    const { exitCode, stderr } = await ockam("kafka-outlet", "create", ...words);
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(message)]);
  });
});

describe("kafka-inlet create", () => {
  test.each([
    [
      [],
      {
        name: "kafka_inlet",
        to: "/secure/api",
        consumerRelay: "/secure/api",
        publishingRelay: "/secure/api",
        outletPrefix: "kafka",
        contentEncryption: true,
        plainRecords: "drop",
        unreadableRecords: "drop",
      },
    ],
    [["i"], { name: "i" }],
    [["/service/i"], { name: "i" }],
    [["other", "--addr", "i"], { name: "i" }],
    [["--consumer", "/node/n1/secure/api"], { consumer: "/node/n1/secure/api" }],
    [
      ["--consumer-relay", "/node/n1/secure/api"],
      { consumerRelay: "/node/n1/secure/api", publishingRelay: "/node/n1/secure/api" },
    ],
    [["--publishing-relay", "/node/n1"], { consumerRelay: "/secure/api", publishingRelay: "/node/n1" }],
    [["--no-publishing"], { publishingRelay: false }],
    [["--avoid-publishing"], { publishingRelay: false }],
    [["--no-content-encryption"], { contentEncryption: false }],
    [["--disable-content-encryption"], { contentEncryption: false }],
    [["--encrypted-field", "a", "--encrypted-fields", "$.b[*].c"], { encryptedFields: ["a", "$.b[*].c"] }],
    [
      ["--plain-records", "pass", "--unreadable-records", "error"],
      { plainRecords: "pass", unreadableRecords: "error" },
    ],
    [["--outlet-prefix", "eu"], { outletPrefix: "eu" }],
    [["--key-agreement", "rust"], { keyAgreement: "rust" }],
    [["--unreachable-patience", "2m"], { unreachablePatience: 120_000 }],
    [
      ["--key-agreement", "topic-keys", "--key-rotation", "1h", "--key-retention", "7d"],
      { keyAgreement: "topic-keys", keyRotation: 3_600_000, keyRetention: 604_800_000 },
    ],
    [
      ["--key-holder", "self", "--key-holder", "/node/n1/secure/api"],
      { keyHolders: ["/secure/api", "/node/n1/secure/api"] },
    ],
    [["--advertised-host", "[::1]"], { advertisedHost: "::1" }],
    [["--brokers-port-range", "2000-2001"], { brokersPortRange: [2000, 2001] }],
    [["--identity", "someone"], { identity: "someone" }],
  ])("%j", async (words, definition) => {
    await state.identities.create({ name: "someone" });
    expect(await ockam(...INLET, ...words)).toMatchObject({ exitCode: 0 });
    expect(node.resources()).toMatchObject([{ kind: "kafka-inlet", definition }]);
  });

  test("with a consumer names no relay of consumers", async () => {
    await ockam(...INLET, "--consumer", "self");
    expect(node.resources()[0]!.definition).not.toHaveProperty("consumerRelay");
  });

  test("has its policies by name", async () => {
    await ockam(...INLET, "i", ...ALLOW_ALL);
    const expression = `(= subject.identifier "${WHO}")`;
    for (const resource of ["i", "kafka-consumer-i", "kafka-producer-i"])
      expect(node.policies.show(resource)).toMatchObject({ expression });
  });

  test("answers with what Rust's command says, and more", async () => {
    const { stdout } = await ockam(...INLET, ...ALLOW_ALL, "--brokers-port-range", "4001-4100");
    expect(JSON.parse(stdout)).toMatchObject({
      node_name: "n1",
      from: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      brokers_port_range: "4001-4100",
      to: "/secure/api",
      addr: "kafka_inlet",
      type: "kafka_inlet",
      warning: null,
    });
  });

  test("tells at a terminal how clients connect, and which policies are missing", async () => {
    const { stderr, stdout } = await ockamAt(true, ...INLET, "--advertised-host", "kafka.local", ...ALLOW);
    expect(stdout).toMatch(/bootstrap\.servers=kafka\.local:\d+/);
    expect(stderr).toMatch(/give --allow-consumer, --allow-producer with identifiers/);
  });

  test("warns of an address that clients of other machines cannot connect to", async () => {
    const create = INLET.map((word) => (word === "0" ? "0.0.0.0:0" : word));
    expect((await ockam(...create)).stderr).toContain("give --advertised-host");
    const told = await ockam(...create, "--advertised-host", "kafka.local", "b");
    expect(told.stderr).not.toContain("--advertised-host");
  });

  test("speaks TLS with clients when it is given a certificate", async () => {
    const [certificate, key] = [file(TEST_CERTIFICATE), file(TEST_CERTIFICATE_KEY)];
    const { exitCode } = await ockam(...INLET, "--tls-certificate", certificate, "--tls-key", key);
    expect(exitCode).toBe(0);
    expect(node.resources()[0]!.definition).toMatchObject({ tls: { certificate: TEST_CERTIFICATE } });
  });

  test.each([
    [["--tls-certificate", "CERTIFICATE"], /--tls-certificate needs[^]*add --tls-key FILE/],
    [["--tls-key", "KEY"], /--tls-key needs[^]*add --tls-certificate FILE/],
    [["--tls-certificate", "KEY", "--tls-key", "KEY"], /there is no certificate in /],
    [["--tls-certificate", "CERTIFICATE", "--tls-key", "CERTIFICATE"], /there is no private key in /],
    [["--tls-certificate", "CERTIFICATE", "--tls-key", "PROTECTED"], /openssl pkey -in /],
  ])("%j is a usage error", async (words, message) => {
    const files: Readonly<Record<string, string>> = {
      CERTIFICATE: file(TEST_CERTIFICATE),
      KEY: file(TEST_CERTIFICATE_KEY),
      PROTECTED: file("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
    };
    const { exitCode, stderr } = await ockam(...INLET, ...words.map((word) => files[word] ?? word));
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(message)]);
  });

  test.each([
    [["--to", "n1"], /neither a route nor 'self'[^]*\/node\/n1\/secure\/api/],
    [["--to", "self", "--via", "default"], /--to and --via exclude/],
    [["--to", "self", "--consumer", "self", "--consumer-relay", "self"], /--consumer and --consumer-relay/],
    [
      ["--to", "self", "--publishing-relay", "self", "--no-publishing"],
      /--publishing-relay and --no-publishing/,
    ],
    [["--to", "self", "--encrypted-field", "a", "--no-content-encryption"], /exclude each other/],
    [["--to", "self", "--from", "tls://:4000"], /tls:\/\/ in --from needs a certificate/],
    [["--to", "self", "--from", "udp://:4000"], /connect over TCP/],
    [["--to", "self", "--advertised-host", "kafka.local:4000"], /without a port/],
    [["--to", "self", "--plain-records", "keep"], /give one of: drop, pass, error/],
    [["--to", "self", "--key-agreement", "rust", "--key-holder", "self"], /are about topic keys/],
    [["--to", "self", "--key-holder", "n1"], /'n1' is neither a route/],
    [["--to", "self", "--unreadable-records", "pass"], /give one of: drop, error/],
    [["--to", "self", ...ALLOW, "--allow-producer", "a = b"], /'a = b' for '--allow-producer <POLICY>'/],
  ])("%j is a usage error", async (words, message) => {
    const { exitCode, stderr } = await ockam("kafka-inlet", "create", ...words);
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(message)]);
    expect(node.resources()).toEqual([]);
  });

  test.each([
    [["--encrypted-field", "$.a["], "OCKAM_NODE_INVALID_KAFKA_FIELD", /--encrypted-field NAME/],
    [["--to", "/node/nobody/secure/api"], "OCKAM_NODE_UNKNOWN_NODE", /nobody/],
    [["--to", "self", "--from", "65535"], "OCKAM_NODE_INVALID_ADDRESS", /no port behind 65535/],
    [
      ["--to", "self", "--brokers-port-range", "3999-4001"],
      "OCKAM_NODE_INVALID_ADDRESS",
      /contains 4000[^]*without it/,
    ],
    [[], "OCKAM_CLI_NO_PROJECT", /without --to a Kafka inlet leads through a project/],
    [
      ["--to", "self", "--tls-key", "/no/such", "--tls-certificate", "/no/such"],
      "SOURCE_UNAVAILABLE",
      /such/,
    ],
  ])("%j fails", async (words, code, message) => {
    const create = words.includes("--encrypted-field") ? INLET : ["kafka-inlet", "create"];
    const { exitCode, stderr } = await ockam(...create, ...words);
    expect([exitCode, stderr]).toEqual([70, expect.stringMatching(message)]);
    expect(stderr).toContain(code);
  });
});

describe.each(["kafka-inlet", "kafka-outlet"])("%s", (group) => {
  const usual = group.replace("-", "_");
  const create = group === "kafka-inlet" ? INLET : ["kafka-outlet", "create"];

  test("show takes the usual one, or the only one, and otherwise a name", async () => {
    const none = await ockam(group, "show");
    expect([none.exitCode, JSON.parse(none.stdout)]).toEqual([0, []]);
    await ockam(...create, "a", ...(group === "kafka-outlet" ? ["--prefix", "a"] : []));
    expect(JSON.parse((await ockam(group, "show")).stdout)).toMatchObject({ addr: "a", type: usual });
    await ockam(...create, "b", ...(group === "kafka-outlet" ? ["--prefix", "b"] : []));
    const which = await ockam(group, "show");
    expect([which.exitCode, which.stderr]).toEqual([70, expect.stringContaining("name one of: a, b")]);
    await ockam(...create);
    expect(JSON.parse((await ockam(group, "show")).stdout)).toMatchObject({ addr: usual });
    expect(JSON.parse((await ockam(group, "show", "/service/b")).stdout)).toMatchObject({ addr: "b" });
    const other = await ockam(group, "show", "c");
    expect([other.exitCode, other.stderr]).toEqual([70, expect.stringMatching(/c was not found/)]);
  });

  test("list and delete", async () => {
    await ockam(...create);
    const again = await ockam(...create);
    expect([again.exitCode, again.stderr]).toEqual([70, expect.stringMatching(/exists already/)]);
    expect(JSON.parse((await ockam(group, "list")).stdout)).toMatchObject([{ addr: usual, type: usual }]);
    const services = JSON.parse((await ockam("service", "list")).stdout);
    expect(services).toContainEqual({ addr: usual, type: usual });
    expect((await ockam(group, "delete", usual)).stderr).toContain("Use --yes to confirm");
    const gone = await ockam(group, "delete", usual, "--yes");
    expect(JSON.parse(gone.stdout)).toEqual({ address: usual, node: "n1" });
    expect(JSON.parse((await ockam(group, "list")).stdout)).toEqual([]);
    expect((await ockamAt(true, group, "list")).stdout).toContain("There are no Kafka");
  });
});

describe.each([
  ["kafka-consumer", "127.0.0.1:4000", "3999-4001"],
  ["kafka-producer", "127.0.0.1:5000", "4999-5001"],
])("%s, deprecated", (group, from, around) => {
  test("warns, and does what kafka-inlet does", async () => {
    const { stderr } = await ockam(group, "create", "--project-route", "self", "--test-argument-parser");
    expect(stderr).toBe("");
    const options = ["--bootstrap-server", "0", "--project-route", "self"];
    const created = await ockam(group, "create", ...options, "--addr", "i");
    expect(created.stderr).toContain(`'ockam ${group} create' is deprecated: use 'ockam kafka-inlet create'`);
    expect(JSON.parse(created.stdout)).toMatchObject({ addr: "i", to: "/secure/api" });
    const listed = await ockam(group, "list");
    expect(listed.stderr).toContain("deprecated");
    expect(JSON.parse(listed.stdout)).toMatchObject([{ addr: "i" }]);
    const gone = await ockam(group, "delete", "i", "--yes");
    expect(JSON.parse(gone.stdout)).toEqual({ address: "i", node: "n1" });
  });

  test("has its own default", async () => {
    // Somebody else may listen there.
    const { stderr, stdout } = await ockam(group, "create", "--project-route", "self");
    expect(`${stdout}${stderr}`).toContain(from);
    const words = ["--project-route", "self", "--addr", "other", "--brokers-port-range", around];
    const other = await ockam(group, "create", ...words);
    expect([other.exitCode, other.stderr]).toEqual([
      70,
      expect.stringContaining(`contains ${from.split(":")[1]}`),
    ]);
  });

  test("has no options of today", async () => {
    const { exitCode, stderr } = await ockam(group, "create", "--via", "default");
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining("no option --via")]);
  });
});

function file(text: string): string {
  const path = join(home, `${text.length}.pem`);
  writeFileSync(path, text);
  return path;
}

function ockam(...words: readonly string[]) {
  return ockamAt(false, ...words);
}

async function ockamAt(tty: boolean, ...words: readonly string[]) {
  const [stdout, stderr] = [new CollectedText(tty), new CollectedText(tty)];
  const stdin = Readable.from([]);
  const exitCode = await new Program({ stdin, stdout, stderr, env: { NO_COLOR: "1" } }).run(words);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
