import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";

import { createNode } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { formatProject, readTicket } from "@ockam/project";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { CollectedText } from "../../testing/collected-text.ts";
import { TestProject, temporaryHome } from "../../testing/test-project.ts";
import { Program, type Host } from "../program.ts";

let there: TestProject;
let home: string;

beforeAll(async () => {
  there = await TestProject.start();
});

afterAll(() => there[Symbol.asyncDispose]());

beforeEach(() => {
  home = temporaryHome();
  vi.stubEnv("OCKAM_HOME", home);
  vi.stubEnv("OCKAM_DEFAULT_TIMEOUT", "5s");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });
});

describe("project ticket", () => {
  test("prints exactly the ticket, and what it is for on standard error", async () => {
    await enrolAdministrator();
    const { exitCode, stderr, stdout } = await ockam(
      "project",
      "ticket",
      "-a",
      "role=web",
      "-a",
      "x",
      "--relay",
      "web",
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\S+,I[0-9a-f]{64},default,[0-9a-f]{64},[0-9a-f]+,[0-9a-f]+,\S+$/);
    expect(readTicket(stdout)).toMatchObject({ kind: "full", project: { id: there.project.id } });
    expect(stderr).toMatch(/ockam-relay=web, role=web, x=true/);
    expect(stderr).toMatch(/valid for 10m and can be used once/);
  });

  test.each([
    [["--hex"], /^[0-9a-f]+$/, "full"],
    [["--legacy"], /^7b22[0-9a-f]+$/, "full"],
    [["--legacy", "--hex"], /^7b22[0-9a-f]+$/, "full"],
    [["--short"], /^ockam1-[\w-]+$/, "short"],
    [["--output", "json"], /^\{\n {2}"authority_change_history": /, "full"],
    [["--legacy", "--output", "json"], /^\{\n {2}"one_time_code": [^]*"project": \{/, "full"],
  ])("has other forms: %j", async (options, form, kind) => {
    await enrolAdministrator();
    const { stdout } = await ockam("project", "ticket", ...options);
    expect(stdout).toMatch(form);
    expect(readTicket(stdout).kind).toBe(kind);
  });

  test("of a project whose route does not say its id says it", async () => {
    await enrolAdministrator();
    using state = openState();
    state.projects.put({ ...there.project, accessRoute: "/ip4/127.0.0.1/tcp/1/service/api" });
    const { stdout } = await ockam("project", "ticket");
    expect(readTicket(stdout)).toMatchObject({ project: { id: there.project.id } });
  });

  test("warns of tickets that are valid for long, or often", async () => {
    await enrolAdministrator();
    const long = await ockam("project", "ticket", "--expires-in", "5d", "--usage-count", "10");
    expect(long.stderr).toMatch(/valid for 5d and can be used 10 times/);
    expect(long.stderr).toMatch(/valid for long/);
    expect(long.stderr).toMatch(/used often/);
    const short = await ockam("project", "ticket", "--expires-in", "119h", "--usage-count", "9");
    expect(short.stderr).not.toMatch(/valid for long|used often/);
  });

  test.each([
    [["--usage-count", "0"], /not how often/],
    [["--usage-count", "4294967296"], /not how often/],
    [["--expires-in", "10ms"], /a second at least/],
    [["--attribute", "=x"], /not an attribute/],
    [["--short", "--hex"], /different forms/],
  ])("%j is a usage error", async (options, message) => {
    const { exitCode, stderr } = await ockam("project", "ticket", ...options);
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(message)]);
  });

  test("is refused to a member that is no enroller", async () => {
    await ockam("project", "enroll", await there.ticket());
    const { exitCode, stderr } = await ockam("project", "ticket");
    expect(exitCode).toBe(70);
    expect(stderr).toContain("Non-enroller is trying to issue an enrollment token");
  });

  test("needs a project", async () => {
    const { exitCode, stderr } = await ockam("project", "ticket");
    expect([exitCode, stderr]).toEqual([70, expect.stringMatching(/no project yet[^]*ockam project enroll/)]);
  });
});

describe("project enroll", () => {
  test("asks for the ticket at a terminal when there is no project", async () => {
    const ticket = await there.ticket({}, "short");
    const input = Object.assign(new PassThrough(), { isTTY: true });
    input.end(`  ${ticket}\n`);
    const { exitCode, stdout, stderr } = await ockamOn({ stdin: input, tty: true }, "project", "enroll");
    expect(stderr).toContain("Paste the ticket:");
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/is a member of the project/)]);
  });

  test("fails when there is neither ticket, nor project, nor terminal", async () => {
    const { exitCode, stderr } = await ockam("project", "enroll");
    expect([exitCode, stderr]).toEqual([70, expect.stringContaining("OCKAM_CLI_NO_TICKET")]);
  });

  test("takes the ticket from standard input and from the environment, and from there it is gone", async () => {
    const stdin = Readable.from([`${await there.ticket({ n: "1" })}\n`]);
    const first = await ockamOn({ stdin }, "project", "enroll", "-", "--identity", "a");
    expect(JSON.parse(first.stdout)).toMatchObject({ credential: { attributes: { n: "1" } } });
    vi.stubEnv("ENROLLMENT_TICKET", await there.ticket({ n: "2" }));
    const second = await ockam("project", "enroll", "--identity", "b");
    expect(JSON.parse(second.stdout)).toMatchObject({ credential: { attributes: { n: "2" } } });
    expect(process.env["ENROLLMENT_TICKET"]).toBeUndefined();
  });

  test("without a ticket fetches a credential for who is a member, and for nobody else", async () => {
    await ockam("project", "enroll", await there.ticket({ role: "web" }));
    const member = await ockam("project", "enroll");
    expect(JSON.parse(member.stdout)).toMatchObject({ credential: { attributes: { role: "web" } } });
    await ockam("identity", "create", "stranger");
    const stranger = await ockam("project", "enroll", "--identity", "stranger");
    expect([stranger.exitCode, stranger.stderr]).toEqual([
      70,
      expect.stringContaining("unauthorized member"),
    ]);
  });

  test("twice says that it was one already", async () => {
    const ticket = await there.ticket();
    await ockam("project", "enroll", ticket);
    const { exitCode, stdout } = await ockamOn({ tty: true }, "project", "enroll", ticket);
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining("Identity is already enrolled with the project"),
    ]);
  });

  test("tells people what they may do next, and nobody else", async () => {
    const ticket = await there.ticket({ "ockam-relay": "web" });
    const { stderr } = await ockamOn({ tty: true }, "project", "enroll", ticket);
    expect(stderr).toMatch(/ockam tcp-inlet create --from PORT[^]*ockam tcp-outlet create .* --relay web\n/);
    const quiet = await ockamOn({ tty: true }, "project", "enroll", ticket, "--quiet");
    expect(quiet.stderr).toBe("");
    const json = await ockamOn({ tty: true }, "project", "enroll", ticket, "--output", "json");
    expect(json.stderr).not.toContain("ockam");
    expect((await ockam("project", "enroll", ticket)).stderr).not.toContain("ockam");
  });

  test("tells of the running nodes that do not know the project yet", async () => {
    using state = openState();
    mkdirSync(join(home, "nodes"), { recursive: true });
    await using nodes = new AsyncDisposableStack();
    nodes.use(await createNode({ state, name: "early", control: true }));
    const { stderr } = await ockam("project", "enroll", await there.ticket());
    expect(stderr).toContain("ockam node restart early");
    nodes.use(await createNode({ state, name: "later", control: true }));
    const again = await ockam("project", "enroll", await there.ticket());
    expect(again.stderr).not.toContain("restart later");
    const inUse = await ockam("project", "delete", "default", "--yes");
    expect([inUse.exitCode, inUse.stderr]).toEqual([
      70,
      expect.stringMatching(/used by running nodes: later/),
    ]);
  });
});

describe("projects", () => {
  test("are imported, listed, shown and deleted, all without the network", async () => {
    const file = join(home, "project.json");
    writeFileSync(file, JSON.stringify(formatProject(there.project)));
    const imported = await ockam("project", "import", "--project-file", file);
    expect(imported.stdout).toContain("Successfully imported project default");
    expect(JSON.parse((await ockam("project", "list")).stdout)).toMatchObject([{ name: "default" }]);
    const shown = await ockam("project", "show", "--output", "json");
    expect(JSON.parse(shown.stdout)).toMatchObject({ ...formatProject(there.project), is_default: true });
    const again = await ockamOn(
      { stdin: Readable.from([shown.stdout]) },
      "project",
      "import",
      "--project-file",
      "-",
    );
    expect(again.exitCode).toBe(0);
    expect((await ockam("project", "delete", "default", "--yes")).stdout).toBe("default\n");
    expect((await ockam("project", "list")).stdout).toBe("[]\n");
  });

  test("that are incomplete are not imported, and the key is named", async () => {
    const record = { ...formatProject(there.project), authority_identity: null };
    const { exitCode, stderr } = await ockam("project", "import", "--project-file", JSON.stringify(record));
    expect([exitCode, stderr]).toEqual([70, expect.stringContaining('"authority_identity" is missing')]);
    const nowhere = await ockam("project", "import", "--project-file", "no.json");
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([
      70,
      expect.stringContaining("there is no file no.json"),
    ]);
  });

  test("that are not there are named in the error", async () => {
    await ockam("project", "enroll", await there.ticket());
    const { exitCode, stderr } = await ockam("project", "show", "defualt");
    expect([exitCode, stderr]).toEqual([
      70,
      expect.stringMatching(/no project with name defualt; there is default/),
    ]);
  });
});

describe("project-member", () => {
  const MEMBER = `I${"7".repeat(64)}`;

  test("add, show, list and delete", async () => {
    await enrolAdministrator();
    const added = await ockam("project-member", "add", MEMBER, "-a", "key=value", "--relay", "*");
    expect(added.stdout).toBe(`${MEMBER}\n`);
    const shown = JSON.parse((await ockam("project-member", "show", MEMBER)).stdout);
    expect(shown).toEqual({
      identifier: MEMBER,
      attributes: {
        attributes: { key: "value", "ockam-relay": "*" },
        added_at: expect.any(Number),
        expires_at: null,
        attested_by: administrator(),
      },
    });
    expect(JSON.parse((await ockam("project-member", "list")).stdout)).toContainEqual(shown);
    const enrollers = JSON.parse((await ockam("project-member", "list", "--enrollers")).stdout);
    expect(enrollers.map(({ identifier }: { identifier: string }) => identifier)).toContain(administrator());
    expect(enrollers).not.toContainEqual(shown);
    const gone = await ockam("project-member", "delete", MEMBER, "--output", "json");
    expect(JSON.parse(gone.stdout)).toEqual({ project: "default", identifiers: [MEMBER] });
    const ids = JSON.parse((await ockam("project-member", "list-ids")).stdout);
    expect(ids).toContainEqual({ identifier: administrator() });
    expect(ids).not.toContainEqual({ identifier: MEMBER });
    const unknown = await ockam("project-member", "show", MEMBER);
    expect([unknown.exitCode, unknown.stderr]).toEqual([70, expect.stringMatching(/not found[^]*list-ids/)]);
  });

  test("delete --all asks first, and spares who asks", async () => {
    await enrolAdministrator();
    await ockam("project-member", "add", MEMBER);
    expect((await ockam("project-member", "delete", "--all")).stderr).toContain("Use --yes to confirm");
    const { stdout } = await ockam("project-member", "delete", "--all", "--yes", "--output", "json");
    expect(JSON.parse(stdout).identifiers).toContain(MEMBER);
    expect(JSON.parse((await ockam("project-member", "list-ids")).stdout)).toContainEqual({
      identifier: administrator(),
    });
  });

  test.each([
    [["add", MEMBER, "-a", "key"], /not an attribute/],
    [["delete"], /not said which member/],
    [["delete", MEMBER, "--all"], /--all and a member exclude each other/],
  ])("%j is a usage error", async (words, message) => {
    const { exitCode, stderr } = await ockam("project-member", ...words);
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(message)]);
  });

  test("is for enrollers", async () => {
    await ockam("project", "enroll", await there.ticket());
    const { exitCode, stderr } = await ockam("project-member", "list");
    expect([exitCode, stderr]).toEqual([
      70,
      expect.stringContaining("Non-enroller is trying to list members"),
    ]);
  });
});

/** Makes the default identity of this test's home an enroller. */
async function enrolAdministrator(): Promise<void> {
  const { exitCode } = await ockam("project", "enroll", await there.ticket({ "ockam-role": "enroller" }));
  expect(exitCode).toBe(0);
}

function administrator(): string {
  using state = openState();
  return String(state.identities.findDefault()?.identifier);
}

function ockam(...words: readonly string[]) {
  return ockamOn({}, ...words);
}

async function ockamOn(
  { stdin, tty = false }: { readonly stdin?: Host["stdin"]; readonly tty?: boolean },
  ...words: readonly string[]
) {
  const [stdout, stderr] = [new CollectedText(tty), new CollectedText(tty)];
  const input = stdin ?? Readable.from([]);
  vi.spyOn(process, "stdin", "get").mockReturnValue(input as typeof process.stdin);
  const env = { NO_COLOR: "1" };
  const exitCode = await new Program({ stdin: input, stdout, stderr, env }).run(words);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
