import { readTextFile } from "./text-source.ts";
import { usageError } from "./usage-error.ts";

/** A certificate chain and its key, PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Reads the certificate and the key of a TLS server. Whether they belong together is for the node to find out.
 * @throws OckamError OCKAM_CLI_SOURCE_UNAVAILABLE, OCKAM_CLI_USAGE for files with something else in them
 */
export async function readTlsIdentity(certificateFile: string, keyFile: string): Promise<TlsIdentity> {
  const [certificate, key] = [await readCertificates(certificateFile), await readTextFile(keyFile)];
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(key)) {
    throw usageError(
      `the key in ${keyFile} is protected with a passphrase, which a node that starts by itself does not know`,
      `take the passphrase off: openssl pkey -in ${keyFile} -out FILE`,
    );
  }
  if (/-----BEGIN (\w+ )?PRIVATE KEY-----/.test(key)) return { certificate, key };
  throw usageError(
    `there is no private key in ${keyFile}`,
    "give the file that has '-----BEGIN PRIVATE KEY-----' in it (PEM)",
  );
}

/**
 * Reads certificates.
 * @throws OckamError OCKAM_CLI_SOURCE_UNAVAILABLE, OCKAM_CLI_USAGE for a file with something else in it
 */
export async function readCertificates(file: string): Promise<string> {
  const text = await readTextFile(file);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw usageError(
    `there is no certificate in ${file}`,
    "give the file that has '-----BEGIN CERTIFICATE-----' in it (PEM)",
  );
}
