#!/usr/bin/env node
import module from "node:module";

// This file is for each Node.js that loads ES modules, so that an old one is told instead of a mistake in the syntax.
const OLDEST_NODE: readonly [major: number, minor: number] = [22, 13];
const EXIT_RUNTIME = 70;

if (isTooOld(process.versions.node)) {
  console.error(
    `ockam needs Node.js ${OLDEST_NODE.join(".")} or later, and this is ${process.versions.node}: install a newer one, https://nodejs.org`,
  );
  process.exitCode = EXIT_RUNTIME;
} else {
  hideExperimentalWarnings();
  // Before anything else loads, so that all of it comes from the cache the next time.
  module.enableCompileCache();
  const { main } = await import("@ockam/cli");
  process.exitCode = await main(process.argv.slice(2));
}

function isTooOld(version: string): boolean {
  const [major, minor] = version.split(".").map(Number) as [number, number];
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

/** SQLite counts as an experiment in Node.js 22: nothing that users could do something about. */
function hideExperimentalWarnings(): void {
  const listeners = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") for (const listener of listeners) listener(warning);
  });
}
