const DEMONSTRATIONS: Readonly<Record<string, () => Promise<(signal: AbortSignal) => Promise<number>>>> = {
  postgres: async () => (await import("./play-postgres.ts")).playPostgres,
  kafka: async () => (await import("./play-kafka.ts")).playKafka,
};
const USAGE = 64;
const INTERRUPTED = 130;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

const [name = "postgres"] = process.argv.slice(2);
const load = Object.hasOwn(DEMONSTRATIONS, name) ? DEMONSTRATIONS[name] : undefined;
if (load === undefined) {
  console.error(`There is no demonstration '${name}'; there is: ${Object.keys(DEMONSTRATIONS).join(", ")}`);
  process.exitCode = USAGE;
} else {
  try {
    const play = await load();
    process.exitCode = await play(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = INTERRUPTED;
  }
}
