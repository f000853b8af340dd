import { API_FOLDER, writeApiDocs } from "./api-docs.ts";

// Writes docs/api, and fails when a docstring is missing.
const warnings = await writeApiDocs(API_FOLDER);
for (const warning of warnings) console.error(warning);
process.exitCode = warnings.length === 0 ? 0 : 1;
