import { OckamError } from "@ockam/codec";

/** What an authority says of its project before that has a node. */
export interface RecordBeginning {
  readonly id: string;
  readonly name: string;
}

/**
 * Reads the names in a record that may have no node yet.
 * @throws OckamError OCKAM_CLI_NOT_THE_PROJECT
 */
export function readBeginning(record: string | undefined): RecordBeginning {
  const { id, name } = objectOf(record);
  if (typeof id === "string" && typeof name === "string") return { id, name };
  throw new OckamError(
    "OCKAM_CLI_NOT_THE_PROJECT",
    "The authority has no project that this machine could host",
    {
      details: { hint: "the ticket is one that 'ockam project create --only-authority' prints" },
    },
  );
}

/** Whether a record is that of a project that has no node yet. */
export function isBeginning(record: string): boolean {
  return objectOf(record)["access_route"] === "";
}

function objectOf(record: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(record ?? "null");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
