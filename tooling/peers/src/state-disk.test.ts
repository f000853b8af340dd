// Disks as they are: full, read-only, somebody else's. Needs Linux and root, which makes file systems and users.
import { execFile } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

import type { CommandResult, OckamHome } from "./ockam-home.ts";
import { namesOf, stateFaults } from "./state-check.ts";
import { typescriptOckam } from "./typescript-ockam.ts";

const run = promisify(execFile);

/** A user that exists nowhere else. */
const STRANGER = 54_321;
const PATIENCE = { timeout: 120_000 };

/** What a failed command says: its exit code and the code of its error, in one line. */
function said({ exitCode, stderr }: CommandResult): string {
  return `${exitCode} ${/^ +(OCKAM_\w+)$/m.exec(stderr)?.[1] ?? stderr}`;
}

describe("a home on a file system", () => {
  let home: OckamHome;
  let stack: AsyncDisposableStack;

  beforeEach(() => {
    stack = new AsyncDisposableStack();
    home = stack.use(typescriptOckam());
    return () => stack.disposeAsync();
  });

  async function mount(...args: readonly string[]): Promise<void> {
    await run("mount", [...args, home.path]);
    stack.defer(() => run("umount", ["--lazy", home.path]).then(() => {}));
  }

  test("that can only be read: what is there is shown, and a change says why not", PATIENCE, async () => {
    await home.output(["identity", "create", "a"]);
    await home.output(["vault", "create", "v"]);
    await home.output(["node", "create", "n", "--no-status-endpoint"]);
    await home.output(["node", "stop", "n"]);
    // Commands of the suite write beside it.
    const outside = stack.use(typescriptOckam());
    const readOnly = { OCKAM_HOME: "" };
    await run("mount", ["--bind", home.path, home.path]);
    stack.defer(() => run("umount", ["--lazy", home.path]).then(() => {}));
    await run("mount", ["-o", "remount,ro,bind", home.path]);
    const at = (args: readonly string[]): Promise<CommandResult> =>
      outside.run([...args, "--env", `OCKAM_HOME=${home.path}`], { env: readOnly });
    for (const kind of ["node", "identity", "vault"]) {
      const result = await at([kind, "list", "--output", "json"]);
      expect(result, kind).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(result.stdout), kind).not.toEqual([]);
    }
    for (const args of [
      ["identity", "create", "b"],
      ["identity", "rotate", "a"],
      ["vault", "create", "w"],
      ["node", "delete", "n", "--yes"],
      ["node", "create", "m"],
      ["reset", "--yes"],
    ]) {
      const result = await at(args);
      expect(said(result), args.join(" ")).toBe("70 OCKAM_NODE_STATE_UNAVAILABLE");
      expect(result.stderr, args.join(" ")).toMatch(/read-only file system.*set OCKAM_HOME/);
    }
    const { stdout } = await at(["identity", "list", "--jq", ".[].name"]);
    expect(stdout).toBe('"a"\n');
  });

  test("that is full: told, nothing is lost, and all is well when there is room", PATIENCE, async () => {
    await mount("-t", "tmpfs", "-o", "size=2m", "tmpfs");
    await home.output(["identity", "create", "a"]);
    fill(join(home.path, "fill"));
    const elsewhere = stack.use(typescriptOckam());
    const at = (args: readonly string[]): Promise<CommandResult> =>
      elsewhere.run([...args, "--env", `OCKAM_HOME=${home.path}`]);
    for (const args of [
      ["identity", "create", "b"],
      ["identity", "rotate", "a"],
      ["vault", "create", "v"],
      ["identity", "create", "c", "--vault", "w"],
      ["node", "create", "n", "--no-status-endpoint"],
    ]) {
      const result = await at(args);
      expect(said(result), args.join(" ")).toBe("70 OCKAM_NODE_DISK_FULL");
      expect(result.stderr).toMatch(/no room left on its disk.*make room/);
    }
    expect((await at(["identity", "list", "--jq", ".[].name"])).stdout.trim()).toBe('"a"');
    rmSync(join(home.path, "fill"));
    expect(await stateFaults(home)).toEqual([]);
    expect(namesOf(home, "named_identity")).toEqual(["a"]);
    expect(home.processes()).toEqual([]);
    for (const args of [
      ["identity", "create", "b"],
      ["identity", "rotate", "a"],
      ["vault", "create", "v"],
      ["identity", "create", "c", "--vault", "w"],
      ["node", "create", "n", "--no-status-endpoint"],
    ])
      await home.output(args);
    expect(await stateFaults(home)).toEqual([]);
  });

  test("that is too small to begin with: no half of a state is left", PATIENCE, async () => {
    await mount("-t", "tmpfs", "-o", "size=100k", "tmpfs");
    const elsewhere = stack.use(typescriptOckam());
    const result = await elsewhere.run(["identity", "create", "--env", `OCKAM_HOME=${home.path}`]);
    expect(said(result)).toBe("70 OCKAM_NODE_DISK_FULL");
    expect(readdirSync(home.path).filter((name) => name !== "application_database.sqlite3")).toEqual([]);
  });
});

describe("the home of somebody else", () => {
  test("is told, and its owner loses nothing", PATIENCE, async () => {
    await using home = typescriptOckam();
    await home.output(["identity", "create", "a"]);
    chmodSync(home.path, 0o700);
    for (const args of [
      ["node", "list"],
      ["identity", "create", "b"],
      ["reset", "--yes"],
    ]) {
      const result = await asStranger(home, args, { OCKAM_HOME: home.path });
      expect(said(result), args.join(" ")).toBe("70 OCKAM_NODE_STATE_UNAVAILABLE");
      expect(result.stderr).toMatch(/permission denied.*set OCKAM_HOME/);
    }
    expect(namesOf(home, "named_identity")).toEqual(["a"]);
  });

  test("a folder of one's own that is closed to writing can be read", PATIENCE, async () => {
    await using home = typescriptOckam();
    await home.output(["identity", "create", "a"]);
    // Not below the homes of the suite, which let nobody else in.
    const own = mkdtempSync(join(tmpdir(), "ockam-closed-"));
    onTestFinished(() => rmSync(own, { recursive: true }));
    for (const name of ["database.sqlite3", "application_database.sqlite3"])
      writeFileSync(join(own, name), readFileSync(join(home.path, name)), { mode: 0o400 });
    for (const path of [own, ...readdirSync(own).map((name) => join(own, name))])
      chownSync(path, STRANGER, STRANGER);
    chmodSync(own, 0o500);
    const listed = await asStranger(home, ["identity", "list", "--jq", ".[].name"], { OCKAM_HOME: own });
    expect(listed).toMatchObject({ exitCode: 0, stdout: '"a"\n' });
    const created = await asStranger(home, ["identity", "create", "b"], { OCKAM_HOME: own });
    expect(said(created)).toBe("70 OCKAM_NODE_STATE_UNAVAILABLE");
    expect(statSync(own).mode & 0o777).toBe(0o500);
  });

  test(
    "nobody's home: without HOME a user that the system does not know is told what to set",
    PATIENCE,
    async () => {
      await using home = typescriptOckam();
      const result = await asStranger(home, ["identity", "create"], { OCKAM_HOME: "" }, ["--unset=HOME"]);
      expect(said(result)).toBe("70 OCKAM_NODE_STATE_UNAVAILABLE");
      expect(result.stderr).toContain("this user has no home folder: set HOME, or OCKAM_HOME");
      expect(existsSync(".ockam")).toBe(false);
    },
  );
});

/** Runs a command as a user without rights, who must be able to read the program. */
async function asStranger(
  home: OckamHome,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  envArguments: readonly string[] = [],
): Promise<CommandResult> {
  const as = [
    "--reuid",
    String(STRANGER),
    "--regid",
    String(STRANGER),
    "--clear-groups",
    "env",
    ...envArguments,
  ];
  const variables = Object.entries({ ...env, NO_COLOR: "1" }).map(([name, value]) => `${name}=${value}`);
  try {
    const { stdout, stderr } = await run("setpriv", [...as, ...variables, ...home.command, ...args], {
      cwd: "/",
    });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { exitCode: code, stdout, stderr };
  }
}

/** Takes all the room that is left on a file system. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) writeSync(file, new Uint8Array(size));
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}
