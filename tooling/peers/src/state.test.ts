import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import type { OckamHome } from "./ockam-home.ts";
import { killProcess } from "@ockam/acceptance/processes";
import { namesOf, processesOf, stateFaults } from "./state-check.ts";
import { typescriptOckam } from "./typescript-ockam.ts";

const FULL = process.env["OCKAM_PEERS_FULL"] === "1";
/** How many commands run at once. */
const COMMANDS = FULL ? 100 : 20;
/** How many times each command is killed. */
const KILLS = FULL ? 100 : 10;
/** After so many kills the state is made anew, so that its creation is hit, too. */
const ROUNDS_OF_A_HOME = 5;
/** What a background node has to notice that the command which started it is gone, ms. */
const ORPHAN_TIME = 15_000;
/** How long nothing may change until it counts as settled, ms. */
const SETTLING_TIME = 1000;
/** A hundred commands share the cores of this machine. */
const PATIENCE = { timeout: 600_000 };

/** Runs commands at once; all must succeed. */
async function atOnce(home: OckamHome, commands: readonly (readonly string[])[]): Promise<void> {
  const results = await Promise.all(
    commands.map(async (args) => ({ args, ...(await home.run(args, PATIENCE)) })),
  );
  const failed = results.filter(({ exitCode }) => exitCode !== 0);
  expect(failed.map(({ args, exitCode, stderr }) => `${args.join(" ")}: ${exitCode} ${stderr}`)).toEqual([]);
}

function each(count: number, command: (index: number) => string): readonly (readonly string[])[] {
  return Array.from({ length: count }, (_, index) => command(index).split(" "));
}

describe(`${COMMANDS} commands at once in one home`, () => {
  const share = COMMANDS / 10;

  test("that is new", { timeout: 900_000 }, async () => {
    await using home = typescriptOckam();
    await atOnce(home, [
      ...each(3 * share, (index) => `identity create i${index}`),
      ...each(share, () => "identity create"),
      ...each(share, () => "identity create same --vault shared"),
      ...each(share, (index) => `vault create v${index}`),
      ...each(share, (index) => `identity create j${index} --vault w${index}`),
      ...each(share, () => "node list"),
      ...each(share, () => "identity default"),
      ...each(share, (index) => `node create n${index} --no-status-endpoint`),
    ]);
    expect(await stateFaults(home)).toEqual([]);
    const identities = namesOf(home, "named_identity");
    for (let index = 0; index < 3 * share; index++) expect(identities).toContain(`i${index}`);
    for (let index = 0; index < share; index++) expect(identities).toContain(`j${index}`);
    expect(identities.filter((name) => name === "same")).toHaveLength(1);
    expect(namesOf(home, "node")).toHaveLength(share);
    const vaults = namesOf(home, "vault");
    for (let index = 0; index < share; index++)
      expect(vaults).toEqual(expect.arrayContaining([`v${index}`, `w${index}`]));
    expect(runningNodes(home)).toHaveLength(share);
  });

  test("that is in use", { timeout: 900_000 }, async () => {
    await using home = typescriptOckam();
    await home.output(["identity", "create", "issuer"]);
    const subject = await home.createIdentity("subject");
    await home.output(["node", "create", "base", "--no-status-endpoint"]);
    await atOnce(home, [
      ...each(share, (index) => `node create old${index} --no-status-endpoint`),
      ...each(share, (index) => `identity create old${index}`),
      ...each(share, (index) => `vault create old${index}`),
    ]);
    await atOnce(home, [
      ...each(share, (index) => `node delete old${index} --yes`),
      ...each(share, (index) => `identity delete old${index} --yes`),
      ...each(share, (index) => `vault delete old${index} --yes`),
      ...each(share, (index) => `identity create new${index}`),
      ...each(share, (index) => `node create new${index} --no-status-endpoint`),
      ...each(share, () => `credential issue --as issuer --for ${subject}`),
      ...each(share, (index) => `tcp-outlet create --at base --to 127.0.0.1:9 --from out${index}`),
      ...each(share, (index) => `policy create --at base --resource r${index} --expression role=db`),
      ...each(share, () => "node show base"),
      ...each(share, () => "identity list"),
    ]);
    expect(await stateFaults(home)).toEqual([]);
    const fresh = Array.from({ length: share }, (_, index) => `new${index}`);
    expect(namesOf(home, "node").toSorted()).toEqual(["base", ...fresh].toSorted());
    expect(namesOf(home, "named_identity").toSorted()).toEqual(["issuer", "subject", ...fresh].toSorted());
    expect(namesOf(home, "vault")).toEqual(["default"]);
    const policies = JSON.parse(
      await home.output(["policy", "list", "--at", "base", "--output", "json"]),
    ) as readonly { readonly resource: string }[];
    expect(policies.filter(({ resource }) => /^r\d+$/.test(resource))).toHaveLength(share);
  });
});

describe(`kill -9, ${KILLS} times at random moments`, () => {
  test("of identity create: the identity is whole, or not there", { timeout: KILLS * 30_000 }, async () => {
    const killed = { before: 0, there: 0 };
    for (let round = 0; round < KILLS;) {
      await using home = typescriptOckam();
      for (let turn = 0; turn < ROUNDS_OF_A_HOME && round < KILLS; turn++, round++) {
        const name = `i${round}`;
        // Some keep their keys in a file of their own.
        const args = ["identity", "create", name, ...(round % 2 === 0 ? [] : ["--vault", `v${round}`])];
        await killSometime(home, args);
        expect(await stateFaults(home)).toEqual([]);
        const isThere = namesOf(home, "named_identity").includes(name);
        killed[isThere ? "there" : "before"]++;
        const identifier = await home.output(args);
        expect(await home.output(["identity", "show", name])).toBe(identifier);
        expect(await stateFaults(home)).toEqual([]);
      }
    }
    console.log(
      `identity create: ${killed.before} killed before the identity was there, ${killed.there} later`,
    );
  });

  test(
    "of node create: the node runs and is listed, or can be made again",
    { timeout: KILLS * 60_000 },
    async () => {
      const found = { none: 0, stopped: 0, running: 0 };
      for (let round = 0; round < KILLS;) {
        await using home = typescriptOckam();
        for (let turn = 0; turn < ROUNDS_OF_A_HOME && round < KILLS; turn++, round++) {
          const name = `n${round}`;
          const args = ["node", "create", name, "--no-status-endpoint"];
          await killSometime(home, args);
          // Every other time all of it goes, as when the machine has no memory left.
          if (round % 2 === 1) await Promise.all(home.processes().map((pid) => killProcess(pid)));
          // What still runs is the node that the state knows; one whose parent is gone may not have noticed at once.
          const isSettled = async (): Promise<boolean> => {
            const before = home.processes().join();
            await sleep(SETTLING_TIME);
            return home.processes().join() === before && runningNodes(home).join() === before;
          };
          await expect.poll(isSettled, { timeout: ORPHAN_TIME }).toBe(true);
          expect(await stateFaults(home)).toEqual([]);
          const isRunning = runningNodes(home).length > 0;
          if (isRunning) found.running++;
          else found[namesOf(home, "node").includes(name) ? "stopped" : "none"]++;
          if (isRunning) await home.output(["node", "show", name]);
          else await home.output(args);
          expect(runningNodes(home)).toHaveLength(1);
          await home.output(["node", "delete", name, "--yes"]);
          expect(home.processes()).toEqual([]);
          expect(namesOf(home, "node")).toEqual([]);
        }
      }
      console.log(
        `node create: ${found.none} nodes were not there after the kill, ${found.stopped} stopped, ${found.running} running`,
      );
    },
  );
});

/** Ends a command with SIGKILL somewhere between its start and its end, as long as others like it take. */
async function killSometime(home: OckamHome, args: readonly string[]): Promise<void> {
  usual ??= await usualTimes();
  const whole = args[0] === "node" ? usual.node : usual.identity;
  // The program starts for most of the time: half of the kills come near the end, where something is stored.
  const from = Math.random() < 0.5 ? 0 : 0.7;
  await home.run(args, { timeout: Math.ceil((from + Math.random() * (1.1 - from)) * whole) });
}

let usual: { readonly identity: number; readonly node: number } | undefined;

async function usualTimes(): Promise<{ identity: number; node: number }> {
  await using home = typescriptOckam();
  const identity = await timed(() => home.output(["identity", "create"]));
  const node = await timed(() => home.output(["node", "create", "n", "--no-status-endpoint"]));
  return { identity, node };
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** The processes of the nodes that run, by what the state says. */
function runningNodes(home: OckamHome): readonly number[] {
  return processesOf(home).filter((pid) => home.processes().includes(pid));
}
