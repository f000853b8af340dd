import { named, nullable, string } from "./json-shape.ts";
import { CREDENTIAL } from "./render/credential-shape.ts";
import { IDENTITY } from "./render/identity.ts";

/** An enrolment as `--output json` prints it. */
export const ENROLMENT = named("Enrolment", {
  identity: IDENTITY,
  project_name: string(),
  credential: nullable(CREDENTIAL),
});
