import type { Credential } from "@ockam/credentials";

import { nodeError } from "../node-error.ts";
import type { CredentialSource } from "./credential-source.ts";

/** Of a node that hears what its authority says and presents nothing: that of a project. */
export class NoCredential implements CredentialSource {
  readonly renewsAt = undefined;
  readonly lastFailure = undefined;

  current(): undefined {
    return undefined;
  }

  async look(): Promise<undefined> {
    return undefined;
  }

  async obtain(): Promise<Credential> {
    throw nodeError(
      "NO_CREDENTIAL",
      "this node presents no credential: it has a route to its authority, and no scope",
    );
  }

  start(): void {}

  onChanged(): void {}

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
