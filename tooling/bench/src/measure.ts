import { proportionalSetSize } from "@ockam/peers";

import { EchoClient } from "./echo-client.ts";
import type { Metrics } from "./comparison.ts";
import { processorSeconds } from "./processor-time.ts";
import { openSecureChannels } from "./secure-channels.ts";
import { median, percentile } from "./statistics.ts";
import type { RunningSystem } from "./system.ts";
import { measureThroughput } from "./throughput.ts";

/** What is measured, in the order of the table. `better` says which way is good. */
export const METRICS = {
  "one stream up": { unit: "MiB/s", better: "higher" },
  "one stream down": { unit: "MiB/s", better: "higher" },
  "eight streams up": { unit: "MiB/s", better: "higher" },
  "eight streams down": { unit: "MiB/s", better: "higher" },
  "processor time up": { unit: "s/GiB", better: "lower" },
  "processor time down": { unit: "s/GiB", better: "lower" },
  "round trip of 64 B, p50": { unit: "µs", better: "lower" },
  "round trip of 64 B, p99": { unit: "µs", better: "lower" },
  "round trip of 16 KiB, p50": { unit: "µs", better: "lower" },
  "round trip of 16 KiB, p99": { unit: "µs", better: "lower" },
  "new connections": { unit: "1/s", better: "higher" },
  "1,000 connections, memory of each": { unit: "KiB", better: "lower" },
  "1,000 connections, memory in all": { unit: "MiB", better: "lower" },
  "secure channels": { unit: "1/s", better: "higher" },
  "ockam --version": { unit: "ms", better: "lower" },
  "ockam node list": { unit: "ms", better: "lower" },
} as const satisfies Metrics;

/** One row of the table. */
export type Metric = keyof typeof METRICS;

/** One system's figures in one round; what does not apply to a system is absent. */
export type Figures = Partial<Record<Metric, number>>;

/** How much of everything: `quick` is for trying the harness. */
export interface Load {
  readonly transfer: number;
  readonly roundTrips: number;
  readonly connections: number;
  readonly idle: number;
  readonly channels: number;
  readonly commands: number;
}

export const FULL_LOAD: Load = {
  transfer: 384 * 2 ** 20,
  roundTrips: 4_000,
  connections: 2_000,
  idle: 1_000,
  channels: 200,
  commands: 7,
};

export const QUICK_LOAD: Load = {
  transfer: 64 * 2 ** 20,
  roundTrips: 500,
  connections: 300,
  idle: 200,
  channels: 50,
  commands: 3,
};

/** Takes all figures of a freshly started system. Transfers come first: they leave no connections behind. */
export async function measure(system: RunningSystem, load: Load): Promise<Figures> {
  const cpuSeconds = (): number => system.processes().reduce((sum, pid) => sum + processorSeconds(pid), 0);
  const throughput = (direction: "up" | "down", streams: number, length = load.transfer) =>
    measureThroughput(system.port, direction, streams, length, cpuSeconds);

  await throughput("up", 1, load.transfer / 4); // warm
  await throughput("down", 1, load.transfer / 4);
  const [up, down] = [await throughput("up", 1), await throughput("down", 1)];
  const [up8, down8] = [await throughput("up", 8), await throughput("down", 8)];
  const small = await roundTrips(system.port, 64, load.roundTrips);
  const large = await roundTrips(system.port, 16 * 1024, load.roundTrips / 2);
  const memory = await idleMemory(system, load.idle);
  const rate = await connectionRate(system.port, load.connections);
  const { nodePort, command } = system;
  return {
    "one stream up": up.rate,
    "one stream down": down.rate,
    "eight streams up": up8.rate,
    "eight streams down": down8.rate,
    "processor time up": up.cost,
    "processor time down": down.cost,
    "round trip of 64 B, p50": percentile(small, 50),
    "round trip of 64 B, p99": percentile(small, 99),
    "round trip of 16 KiB, p50": percentile(large, 50),
    "round trip of 16 KiB, p99": percentile(large, 99),
    "new connections": rate,
    "1,000 connections, memory of each": memory.each / 1024,
    "1,000 connections, memory in all": memory.all / 2 ** 20,
    ...(nodePort !== undefined && { "secure channels": await openSecureChannels(nodePort, load.channels) }),
    ...(command && {
      "ockam --version": await commandTime(() => command(["--version"]), load.commands),
      "ockam node list": await commandTime(() => command(["node", "list"]), load.commands),
    }),
  };
}

async function roundTrips(port: number, length: number, count: number): Promise<readonly number[]> {
  const client = await EchoClient.open(port);
  const payload = new Uint8Array(length).fill(0x63);
  const times: number[] = [];
  for (let index = -count / 10; index < count; index++) {
    const start = performance.now();
    await client.echo(payload);
    if (index >= 0) times.push((performance.now() - start) * 1000);
  }
  client.close();
  return times;
}

const AT_ONCE = 16;

async function connectionRate(port: number, count: number): Promise<number> {
  let left = count;
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) (await EchoClient.open(port)).close();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return count / ((performance.now() - start) / 1000);
}

// The figures are named for 1,000 connections: fewer are counted up.
async function idleMemory(system: RunningSystem, count: number): Promise<{ each: number; all: number }> {
  const pss = (): number => system.processes().reduce((sum, pid) => sum + proportionalSetSize(pid), 0);
  const before = pss();
  const clients: EchoClient[] = [];
  while (clients.length < count) {
    clients.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => EchoClient.open(system.port)))));
  }
  const after = pss();
  for (const client of clients) client.close();
  const each = Math.max(0, after - before) / clients.length;
  return { each, all: before + each * 1000 };
}

async function commandTime(command: () => Promise<void>, count: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await command();
    times.push(performance.now() - start);
  }
  return median(times);
}
