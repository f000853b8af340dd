import { map, named, number, string } from "../json-shape.ts";

/** A credential as `--output json` prints it. */
export const CREDENTIAL = named("Credential", {
  credential: string("hex: with the attestation of the key that signed it"),
  subject: string("I and 64 hex digits"),
  issuer: string("I and 64 hex digits"),
  created_at: number("seconds since 1970"),
  expires_at: number("seconds since 1970"),
  attributes: map(string(), "what is not text is **binary**"),
});
