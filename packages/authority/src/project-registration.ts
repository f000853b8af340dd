// Where the project's node is. docs/protocol/authority.md, "The project".
//
//   registration = { 1: access-route: text, 2: change-history: bytes }
import { CborReader, CborWriter } from "@ockam/codec";

import { invalidMessage } from "./authority-error.ts";

/** The longest access route that is read, in characters. */
export const MAX_ACCESS_ROUTE_LENGTH = 1024;

/** What the node of a project tells the authority. */
export interface ProjectRegistration {
  /** The multiaddress by which members reach it. */
  readonly accessRoute: string;
  /** That of its identity. */
  readonly changeHistory: Uint8Array;
}

/** The body of a request. */
export function encodeRegistration({ accessRoute, changeHistory }: ProjectRegistration): Uint8Array {
  return new CborWriter().map(2).uint(1).text(accessRoute).uint(2).bytes(changeHistory).finish();
}

/** Reads the body of a request. @throws OckamError OCKAM_AUTHORITY_INVALID_MESSAGE and of the codec */
export function decodeRegistration(body: Uint8Array): ProjectRegistration {
  const reader = new CborReader(body);
  const fields = reader.map();
  let accessRoute: string | undefined;
  let changeHistory: Uint8Array | undefined;
  while (fields.next()) {
    const key = reader.uint();
    if (key === 1) accessRoute = reader.text();
    else if (key === 2) changeHistory = reader.bytes().slice();
    else reader.skip();
  }
  fields.end();
  if (
    accessRoute === undefined ||
    changeHistory === undefined ||
    accessRoute.length > MAX_ACCESS_ROUTE_LENGTH
  ) {
    throw invalidMessage("a registration without a field, or with a route that is too long");
  }
  return { accessRoute, changeHistory };
}
