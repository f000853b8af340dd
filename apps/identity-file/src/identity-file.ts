import { readFile, writeFile } from "node:fs/promises";

import { fromHex, toHex, zeroBytes } from "@ockam/codec";
import { createIdentities } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";
import { createSoftwareVault, SECRET_KEY_LENGTH } from "@ockam/vault";

/** An identity, and what holds its keys. */
export interface OwnIdentity {
  readonly identities: Identities;
  readonly identifier: Identifier;
}

/**
 * The identity in the file at `path`: two lines in hex, its Ed25519 secret and its change history. When there is no file,
 * an identity is made and written to one that its owner alone may read.
 * @throws OckamError OCKAM_IDENTITY_INVALID_HISTORY when the second line is no history; the errors of the file system
 */
export async function openIdentityFile(path: string): Promise<OwnIdentity> {
  const vault = createSoftwareVault();
  const identities = createIdentities({ vault });
  const stored = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  const [storedSecret, storedHistory] = stored?.trim().split("\n") ?? [];
  const secret =
    storedSecret === undefined ? vault.backend.randomBytes(SECRET_KEY_LENGTH) : fromHex(storedSecret);
  try {
    const key = await vault.importSigningKey("ed25519", secret);
    if (storedHistory !== undefined) {
      const { identifier } = await identities.import(fromHex(storedHistory));
      return { identities, identifier };
    }
    const { identifier, changeHistory } = await identities.create({ key });
    const text = `${toHex(secret)}\n${toHex(changeHistory)}\n`;
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
    return { identities, identifier };
  } finally {
    zeroBytes(secret);
  }
}
