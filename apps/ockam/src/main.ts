#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else loads, so that all of it comes from the cache the next time.
enableCompileCache();
const { main } = await import("@ockam/cli");
process.exitCode = await main(process.argv.slice(2));
