import { OckamError } from "@ockam/codec";
import jq from "jq-wasm";

/**
 * What the jq filter makes of `value`: each result in JSON, on lines of its own, keys sorted as everywhere.
 * @throws OckamError OCKAM_CLI_JQ_FAILED when the filter does not compile, or fails on this value.
 */
export async function filterJson(value: unknown, filter: string, compact = false): Promise<string> {
  try {
    const output = await jq.raw(JSON.stringify(value), filter, compact ? ["-S", "-c"] : ["-S"]);
    return output.trimEnd();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace("Failed to execute raw query: ", "") : "";
    throw new OckamError(
      "OCKAM_CLI_JQ_FAILED",
      `the jq filter '${filter}' failed: ${reason.trim().replaceAll(/\s+/g, " ")}`,
      {
        cause,
        details: { hint: "leave out --jq to see the JSON that it works on" },
      },
    );
  }
}
