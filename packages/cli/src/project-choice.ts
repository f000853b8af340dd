import { OckamError } from "@ockam/codec";
import type { NamedIdentity, NamedProject, State } from "@ockam/node";

/**
 * The project that was named, or the default one.
 * @throws OckamError OCKAM_NODE_PROJECT_NOT_FOUND, or OCKAM_CLI_NO_PROJECT with `complaint` as its message when none
 *   was named and there is none
 */
export function chooseProject(
  state: State,
  name: string | undefined,
  complaint = "There is no project yet",
): NamedProject {
  if (name !== undefined) return state.projects.get(name);
  const found = state.projects.findDefault();
  if (found !== undefined) return found;
  throw new OckamError("OCKAM_CLI_NO_PROJECT", complaint, {
    details: {
      hint: "'ockam project enroll' joins a project with a ticket, 'ockam project create' makes one",
    },
  });
}

/** An identity, and whether it was made just now. */
export interface ChosenIdentity extends NamedIdentity {
  readonly isNew: boolean;
}

/** The identity that was named, or the default one; made when it is not there. */
export async function chooseIdentity(state: State, name: string | undefined): Promise<ChosenIdentity> {
  const known = name === undefined ? state.identities.findDefault() : state.identities.find(name);
  if (known !== undefined) return { ...known, isNew: false };
  const made = await state.identities.create(name === undefined ? {} : { name });
  return { ...made, isNew: true };
}

/**
 * The identity that was named, or the default one. None is made for a name that is mistyped: it would be nobody's member.
 * @throws OckamError OCKAM_NODE_IDENTITY_NOT_FOUND
 */
export async function knownIdentity(state: State, name: string | undefined): Promise<ChosenIdentity> {
  const known = name === undefined ? await state.identities.getDefault() : state.identities.get(name);
  return { ...known, isNew: false };
}
