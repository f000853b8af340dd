// Windows on the system that the tests run on, through its injected parts. What that cannot show: docs/node.md,
// "Platforms".
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { codeOf, Nodes } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { windowsIn } from "../../testing/windows.ts";
import { NodeClient } from "../control/node-client.ts";
import { platformOf } from "./current-platform.ts";
import { PosixPlatform } from "./posix-platform.ts";
import { resetState } from "../process/reset-state.ts";
import { startBackgroundNode } from "../process/start-background-node.ts";
import { stopNode } from "../process/stop-node.ts";
import { SqliteState } from "../state/sqlite-state.ts";
import { WindowsPlatform } from "./windows-platform.ts";

test("each system has its platform", () => {
  expect(platformOf("win32")).toBeInstanceOf(WindowsPlatform);
  for (const system of ["linux", "darwin", "freebsd"] as const)
    expect(platformOf(system)).toBeInstanceOf(PosixPlatform);
});

test("named pipes are where Windows has them, and each has a name that nobody can foresee", () => {
  const platform = platformOf("win32");
  const address = platform.controlAddress("C:\\Users\\ada\\.ockam", "n1");
  expect(address.path).toMatch(/^\\\\\.\\pipe\\ockam-[0-9a-f]{32}$/);
  expect(address.token).toMatch(/^[0-9a-f]{64}$/);
  expect(platform.controlAddress("C:\\Users\\ada\\.ockam", "n1")).not.toEqual(address);
});

test("the signals are those that Windows has", () => {
  expect(platformOf("win32").endSignals).toEqual(["SIGINT", "SIGBREAK", "SIGHUP"]);
  expect(platformOf("linux").endSignals).toEqual(["SIGINT", "SIGTERM", "SIGHUP"]);
});

describe("a state folder", () => {
  test("outside of the user's own is closed to others when it is made", () => {
    using home = temporaryHome();
    const run = vi.fn<(program: string, args: readonly string[]) => void>();
    const path = join(home.path, "state");
    const platform = windowsIn(home.path, { profile: join(home.path, "profile"), run });
    SqliteState.open({ home: path }, platform).close();
    expect(run.mock.calls).toEqual([["icacls", [path, "/inheritance:r", "/grant:r", "DESK\\ada:(OI)(CI)F"]]]);
    SqliteState.open({ home: path }, platform).close();
    expect(run).toHaveBeenCalledOnce();
  });

  test("within it has its access", () => {
    using home = temporaryHome();
    const run = vi.fn<(program: string, args: readonly string[]) => void>();
    SqliteState.open({ home: join(home.path, ".ockam") }, windowsIn(home.path, { run })).close();
    expect(run).not.toHaveBeenCalled();
  });

  test("that cannot be closed to others is not used", async () => {
    using home = temporaryHome();
    const path = join(home.path, "state");
    const platform = windowsIn(home.path, {
      profile: "/profile",
      run: (program) => {
        throw new Error(`${program} failed for ${path}`);
      },
    });
    expect(await codeOf(() => SqliteState.open({ home: path }, platform))).toBe(
      "OCKAM_NODE_STATE_UNAVAILABLE",
    );
    expect(readdirSync(path)).toEqual([]);
  });
});

describe("the name of a new node", () => {
  test.each([
    ["win32", "con"],
    ["win32", "NUL"],
    ["win32", "Com1"],
    ["win32", "lpt\u00b2"],
  ] as const)("on %s is not %s, which is a device", (system, name) => {
    expect(platformOf(system).isFileName(name)).toBe(false);
  });

  test.each(["console", "com", "com10", "n1", "aux1"])("may be %s", (name) => {
    expect(platformOf("win32").isFileName(name)).toBe(true);
  });

  test("may be anything elsewhere", () => {
    expect(platformOf("linux").isFileName("con")).toBe(true);
  });

  test("is not the one of another node in other letters, where these are one folder", async () => {
    using home = temporaryHome();
    using state = SqliteState.open({ home: home.path }, windowsIn(home.path));
    await using nodes = new Nodes();
    await nodes.create({ state, name: "Nadia" });
    expect(await codeOf(() => nodes.create({ state, name: "nadia" }))).toBe("OCKAM_NODE_INVALID_NAME");
    expect(await codeOf(() => nodes.create({ state, name: "nul" }))).toBe("OCKAM_NODE_INVALID_NAME");
    const command = ["/no/such/program"];
    expect(await codeOf(() => startBackgroundNode({ state, name: "NADIA", command }))).toBe(
      "OCKAM_NODE_INVALID_NAME",
    );
    expect(existsSync(join(home.path, "nodes"))).toBe(false);
    expect(state.nodes.list().map(({ name }) => name)).toEqual(["Nadia"]);
  });

  test("differs in letters on macOS, and not by them on Linux", () => {
    expect(platformOf("darwin").fileKey("Ne\u0301")).toBe(platformOf("darwin").fileKey("n\u00e9"));
    expect(platformOf("linux").fileKey("N1")).not.toBe(platformOf("linux").fileKey("n1"));
  });
});

describe("control through a pipe", () => {
  test("needs the token of the state", async () => {
    using home = temporaryHome();
    using state = SqliteState.open({ home: home.path }, windowsIn(home.path));
    await using nodes = new Nodes();
    await nodes.create({ state, name: "n1", control: true });
    const { path, token } = state.nodes.controlOf("n1")!;
    expect((await new NodeClient(state, "n1").call("node.show", {})).name).toBe("n1");
    for (const headers of [{}, { authorization: "Bearer " }, { authorization: `Bearer ${token}0` }])
      expect(await statusOf(path, headers)).toBe(401);
    expect(await statusOf(path, { authorization: `Bearer ${token}` })).toBe(200);
  });

  test("is not tried where somebody else may have taken the name of the pipe", async () => {
    using home = temporaryHome();
    using state = SqliteState.open({ home: home.path }, windowsIn(home.path));
    await using nodes = new Nodes();
    const node = await nodes.create({ state, name: "n1", control: true });
    const { path } = state.nodes.controlOf("n1")!;
    await node.close();
    const onCall = vi.fn<() => void>();
    const squatter = createServer(onCall).listen(path);
    await once(squatter, "listening");
    expect(await codeOf(() => new NodeClient(state, "n1").call("node.show", {}))).toBe(
      "OCKAM_NODE_NOT_RUNNING",
    );
    expect(onCall).not.toHaveBeenCalled();
    squatter.close();
  });
});

describe("a background node", () => {
  const home = temporaryHome();
  let state: SqliteState;

  beforeAll(() => {
    mkdirSync(home.path, { recursive: true });
    state = SqliteState.open({ home: home.path }, windowsIn(home.path));
  });

  afterAll(async () => {
    for (const { name } of state.nodes.list()) await stopNode({ state, name, timeout: 100 });
    state.close();
    await resetState({ home: home.path });
    home[Symbol.dispose]();
  });

  function start(name: string, ...args: readonly string[]): ReturnType<typeof startBackgroundNode> {
    const script = fileURLToPath(new URL("../../testing/run-windows-node.ts", import.meta.url));
    const options = { statusEndpoint: "off" };
    return startBackgroundNode({ state, name, command: [process.execPath, script, name, ...args], options });
  }

  test("is one, is found stopped when it was killed, and ends through its control without a signal", async () => {
    const { pid } = await start("n1");
    expect(await codeOf(() => start("n1"))).toBe("OCKAM_NODE_ALREADY_RUNNING");
    process.kill(pid!, "SIGKILL");
    await expect.poll(() => state.nodes.get("n1").status).toBe("stopped");
    await start("n1");
    expect((await new NodeClient(state, "n1").call("node.show", {})).status).toBe("running");
    const kill = vi.spyOn(process, "kill");
    expect(await stopNode({ state, name: "n1" })).toBe("stopped");
    expect(kill).not.toHaveBeenCalled();
    kill.mockRestore();
    expect(state.nodes.get("n1")).toMatchObject({ status: "stopped", pid: undefined });
  });

  test("that does not answer is ended by force", async () => {
    await start("stuck", "stuck");
    expect(await stopNode({ state, name: "stuck", timeout: 100 })).toBe("killed");
    expect(state.nodes.get("stuck").status).toBe("stopped");
  });
});

function statusOf(
  socketPath: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method: "POST", path: "/node.show", headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    call.on("error", reject).end("{}");
  });
}
