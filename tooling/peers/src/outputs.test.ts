// What scripts read: the results of both commands in a pipe, and their JSON.
import { freePort } from "@ockam/acceptance/free-port";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { OckamHome } from "./ockam-home.ts";
import { rustOckam } from "./rust-ockam.ts";
import { typescriptOckam } from "./typescript-ockam.ts";

/** One command line; `{NAME}` is the result that was kept under that name, `{port…}` a free port. */
interface Line {
  readonly line: string;
  /** Under which name its result is kept. */
  readonly keep?: string;
  /** What is compared: by default the text of the result. */
  readonly json?: true;
}

const text = (line: string, keep?: string): Line => (keep === undefined ? { line } : { line, keep });
const shape = (line: string): Line => ({ line: `${line} --output json`, json: true });

const LINES: readonly Line[] = [
  text("vault create v1"),
  shape("vault create v2"),
  shape("vault show v1"),
  shape("vault list"),
  text("vault delete v2 --yes"),
  text("identity create i1", "I1"),
  text("identity create i2", "I2"),
  shape("identity create i3"),
  shape("identity show i1"),
  shape("identity show i1 --full"),
  shape("identity show i1 --full --encoding hex"),
  shape("identity list"),
  text("identity default"),
  text("identity default i2"),
  text("identity default i1"),
  shape("identity delete i3 --yes"),
  text("node create n1 --identity i1 -t 127.0.0.1:{port1}"),
  text("node create n2 --identity i2 -t 127.0.0.1:{port2}"),
  shape("node create n3"),
  shape("node list"),
  text("node default n2"),
  text("node default n1"),
  shape("node logs n1"),
  text("service start hop --at n1"),
  shape("service list --at n1"),
  text("message send hello --from n1 --to /node/n2/service/uppercase"),
  text("message send 6869 --hex --from n1 --to /node/n2/service/echo"),
  text("tcp-outlet create --at n1 --to 127.0.0.1:{port3}"),
  shape("tcp-outlet create o2 --at n1 --to 127.0.0.1:{port3}"),
  shape("tcp-outlet list --at n1"),
  shape("tcp-outlet show outlet --at n1"),
  text("tcp-inlet create x --at n2 --from 127.0.0.1:{port4} --to /node/n1/service/outlet"),
  shape("tcp-inlet create y --at n2 --from 127.0.0.1:{port5} --to /node/n1/service/outlet"),
  shape("tcp-inlet list --at n2"),
  shape("tcp-inlet show x --at n2"),
  shape("node show n1"),
  shape("node show n2"),
  shape("tcp-inlet delete x --at n2 --yes"),
  text("tcp-outlet delete o2 --at n1 --yes"),
  shape("tcp-outlet delete outlet --at n1 --yes"),
  text("relay create r --at /node/n1 --to n2"),
  shape("relay create s --at /node/n1 --to n2"),
  shape("relay list --to n2"),
  shape("relay show r --at n2"),
  text("secure-channel create --from n1 --to /node/n2/service/api", "CHANNEL"),
  shape("secure-channel create --from n1 --to /node/n2/service/api"),
  shape("secure-channel list --at n1"),
  shape("secure-channel show --at /node/n1{CHANNEL}"),
  text("secure-channel delete {CHANNEL} --at n1 --yes"),
  text("secure-channel-listener create l --at n2"),
  shape("secure-channel-listener create m --at n2"),
  text("secure-channel-listener show l --at n2"),
  text("secure-channel-listener delete l --at n2"),
  text("tcp-connection create --from n1 --to 127.0.0.1:{port2}"),
  shape("tcp-connection create --from n1 --to 127.0.0.1:{port2}"),
  text("tcp-listener create 127.0.0.1:{port6} --at n1"),
  shape("tcp-listener show 127.0.0.1:{port6} --at n1"),
  text("credential issue --as i1 --for {I2} --encoding hex", "CREDENTIAL"),
  shape("credential issue --as i1 --for {I2} --attribute role=web"),
  text("credential verify --issuer {I1} --credential {CREDENTIAL}"),
  shape("credential verify --issuer {I1} --credential {CREDENTIAL}"),
  text("credential verify --issuer {I1} --credential aabbcc"),
  shape("credential store --at n1 --issuer {I1} --scope s --credential {CREDENTIAL}"),
  shape("credential list --at n1"),
  text("policy create --at n1 --resource-type tcp-outlet --allow role=web"),
  shape("policy show tcp-outlet --at n1"),
  shape("policy list --at n1"),
  shape("kafka-outlet create --at n1 --bootstrap-server 127.0.0.1:{port7}"),
  shape("kafka-outlet list --at n1"),
  shape("kafka-inlet create --at n1 --from 127.0.0.1:{port8} --to /secure/api"),
  shape("kafka-inlet show kafka_inlet --at n1"),
  shape("kafka-inlet delete kafka_inlet --at n1 --yes"),
  shape("status"),
  text("node stop n2"),
  text("node delete n2 --yes"),
  shape("node delete n3 --yes"),
  shape("project list"),
  text("relay show none --at n1"),
  text("node show none"),
  text("tcp-inlet show"),
  text("identity show none"),
  text("vault show v1 --jq ..vault["),
  text("vault show v1 --jq .vault.name"),
  text("vault list --jq .[].vault.name"),
  text("vault show v1 --compact-output"),
  text("node create n!"),
  text("message send hi --to /node/none/service/echo"),
  text("space create"),
  text("secure-channel delete /service/none --at n1"),
  text("node delete n1"),
];

/** Lines that end with another exit code, and why. */
const OTHER_EXIT_CODE: Readonly<Record<string, string>> = {
  "tcp-inlet show":
    "Rust's kafka-inlet delete left its TCP inlet at n1, so that a name is missing; at ours there is no inlet any more",
};

/** Results whose text is not compared, and why. */
const OTHER_TEXT: Readonly<Record<string, string>> = {
  "policy create --at n1 --resource-type tcp-outlet --allow role=web":
    "Rust's result is for people alone; ours is JSON in a pipe",
  "tcp-inlet show": "the same inlet that Rust left",
  "tcp-listener create 127.0.0.1:{port6} --at n1":
    "Rust's result is for people alone; ours is the address that its sentence ends with",
  "service start hop --at n1": "Rust says nothing on standard output; ours gives the address",
};

/** A node in the background has no standard output in Rust's command that is to be quiet, so it would not give its name. */
const LOUD = { QUIET: "false" };

interface Played {
  readonly line: string;
  readonly exitCode: number;
  readonly text: string;
  readonly json: unknown;
}

/** Plays all lines with one command. */
async function play(home: OckamHome): Promise<ReadonlyMap<string, Played>> {
  const values = new Map<string, string>();
  for (let port = 1; port <= 8; port++) values.set(`port${port}`, String(await freePort()));
  const played = new Map<string, Played>();
  for (const { json, keep, line } of LINES) {
    const filled = line.replaceAll(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? "");
    const { exitCode, stdout } = await home.run(filled.split(" "));
    if (keep !== undefined) values.set(keep, stdout.trim());
    let result = stdout.trim();
    for (const [name, value] of values) result = result.replaceAll(value, `{${name}}`);
    played.set(line, {
      line,
      exitCode,
      text: result.replaceAll(/I[0-9a-f]{64}/g, "{identifier}").replaceAll(/[0-9a-f]{32,}/g, "{hex}"),
      json: json === true && stdout.trim() !== "" ? parsed(stdout) : undefined,
    });
  }
  return played;
}

function parsed(stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}

let rust: ReadonlyMap<string, Played>;
let ours: ReadonlyMap<string, Played>;

beforeAll(async () => {
  await using rustHome = await rustOckam(LOUD);
  await using ourHome = typescriptOckam(LOUD);
  [rust, ours] = await Promise.all([play(rustHome), play(ourHome)]);
}, 300_000);

afterAll(() => {
  rust = new Map();
  ours = new Map();
});

describe("both end with the same exit code", () => {
  test.each(LINES.filter(({ line }) => OTHER_EXIT_CODE[line] === undefined))("$line", ({ line }) => {
    expect(ours.get(line)!.exitCode).toBe(rust.get(line)!.exitCode);
  });
});

describe("both print the same into a pipe", () => {
  test.each(LINES.filter(({ json, line }) => json !== true && OTHER_TEXT[line] === undefined))(
    "$line",
    ({ line }) => {
      expect(ours.get(line)!.text).toBe(rust.get(line)!.text);
    },
  );
});

describe("every exception is one", () => {
  test.each(Object.keys(OTHER_EXIT_CODE))("the exit code of %s", (line) => {
    expect(ours.get(line)!.exitCode).not.toBe(rust.get(line)!.exitCode);
  });

  test.each(Object.keys(OTHER_TEXT))("the text of %s", (line) => {
    expect(ours.get(line)!.text).not.toBe(rust.get(line)!.text);
  });
});

describe("ours has every member that Rust's JSON has", () => {
  test.each(LINES.filter(({ json }) => json === true))("$line", ({ line }) => {
    expect(rust.get(line)!.json).toBeDefined();
    const missing = missingMembers(rust.get(line)!.json, ours.get(line)!.json, line.split(" --")[0]!);
    expect(missing).toEqual([]);
  });
});

/** Where a value of Rust's has another type in ours, or is not there; of arrays the first elements are compared. */
function missingMembers(rusts: unknown, our: unknown, path: string): readonly string[] {
  if (rusts === null || rusts === undefined || our === null) return [];
  if (Array.isArray(rusts)) {
    if (!Array.isArray(our)) return [`${path}: ${typeof our} for an array`];
    return rusts.length === 0 || our.length === 0 ? [] : missingMembers(rusts[0], our[0], `${path}[]`);
  }
  if (typeof rusts !== "object")
    return typeof rusts === typeof our ? [] : [`${path}: ${typeof our} for ${typeof rusts}`];
  if (typeof our !== "object") return [`${path}: ${typeof our} for an object`];
  return Object.entries(rusts).flatMap(([name, value]) => {
    const found = (our as Readonly<Record<string, unknown>>)[name];
    return found === undefined ? [`${path}.${name}`] : missingMembers(value, found, `${path}.${name}`);
  });
}
