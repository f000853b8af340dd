import type { Enrolment } from "./enrolment.ts";
import { attributesText, describeCredential, timeText } from "./render/credential.ts";
import { describeIdentity } from "./render/identity.ts";
import { DEFAULT_RELAY } from "./project-reach.ts";
import type { Result } from "./result.ts";
import type { Style } from "./style.ts";

/** How to print an enrolment; its JSON is an `ENROLMENT`. */
export function enrolmentResult(enrolment: Enrolment): Result {
  const { credential, identity, project } = enrolment;
  return {
    json: () => ({
      identity: describeIdentity(identity),
      project_name: project.name,
      credential: credential === undefined ? null : describeCredential(credential),
    }),
    plain: (style) => lines(enrolment, style).join("\n"),
    next: (style) => next(enrolment, style),
  };
}

function next({ credential }: Enrolment, style: Style): readonly string[] {
  const reach = `Reach a service of a member with: ${style.name("ockam tcp-inlet create --from PORT --to NAME")}`;
  const relay = credential?.attributes.text("ockam-relay");
  if (relay === undefined) return [reach];
  const offer = `ockam tcp-outlet create --from NAME --to PORT --relay ${relay === "*" ? DEFAULT_RELAY : relay}`;
  return [reach, `Let members reach a service of yours: ${style.name(offer)}`];
}

function lines({ credential, identity, outcome, project }: Enrolment, style: Style): readonly string[] {
  const [who, where] = [style.name(identity.name), style.name(project.name)];
  const first = {
    enrolled: style.success(`${who} is a member of the project ${where} now`),
    "already-a-member": style.success(`Identity is already enrolled with the project ${where}`),
    member: style.success(`${who} is a member of the project ${where}`),
  }[outcome];
  if (credential === undefined) return [first];
  return [
    first,
    style.row(`Attributes: ${attributesText(credential.attributes)}`),
    style.info(`Its credential is valid until ${timeText(credential.expiresAt)}; its nodes renew it`),
  ];
}
