import { OckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { ENROLMENT } from "../enrolment-shape.ts";
import { enrol, readTicketSource, renewMembership, type Enrolment } from "../enrolment.ts";
import { enrolmentResult } from "../enrolment-result.ts";
import { argument, duration, flag, text } from "../option.ts";
import { takeTicketVariable } from "../process-arguments.ts";
import { chooseProject } from "../project-choice.ts";
import { retried, RETRY_OPTIONS, type RetryValues } from "../retry.ts";
import type { Terminal } from "../terminal.ts";
import { UNUSED_TRUST_OPTIONS } from "../trust-options.ts";
import { OKTA } from "../unsupported-options.ts";
import { warnOfOlderNodes } from "../older-nodes.ts";

export const projectEnroll: Command = defineCommand({
  summary: "Become a member of a project with a ticket",
  description:
    "Stores the project on this machine and fetches the first credential. Without a ticket, on a machine that has a " +
    "project, it fetches a credential for an identity that is a member already; otherwise it asks for the ticket. " +
    "A ticket on the command line disappears from the list of processes at once; a file, standard input or " +
    "ENROLLMENT_TICKET keeps it out of the shell's history, too.",
  notes: [
    "Everything in the ticket is verified first. The first project of a machine is its default one. Running nodes that do not know the project yet are named. Being a member already is a success, and leaves the ticket as it is. When the ticket is not taken, nothing is left behind.",
  ],
  examples: ["project enroll", "project enroll web.ticket", "project enroll - < web.ticket"],
  json: ENROLMENT,
  positionals: {
    ticket: argument(
      "The ticket: a file, a URL, - for standard input, or the ticket itself. Without it ENROLLMENT_TICKET",
    ),
  },
  options: {
    identity: text("IDENTITY", "Who becomes a member, made when missing", {
      fallback: "the default identity",
    }),
    project: text("NAME", "Without a ticket: the project to fetch a credential from", {
      fallback: "the default project",
    }),
    timeout: duration("How long each step with the authority may take", { fallback: "4m" }),
    skipCredentialIssue: flag("", { hidden: true }),
    okta: OKTA,
    ...RETRY_OPTIONS,
    ...UNUSED_TRUST_OPTIONS,
  },
  async run(values, terminal) {
    const enrolment = await enrolBy(values, terminal);
    if (enrolment.outcome !== "member") await warnOfOlderNodes(enrolment.project, terminal);
    return enrolmentResult(enrolment);
  },
});

interface Values extends RetryValues {
  readonly ticket: string | undefined;
  readonly identity: string | undefined;
  readonly project: string | undefined;
  readonly timeout: number | undefined;
  readonly skipCredentialIssue: boolean;
}

async function enrolBy(values: Values, terminal: Terminal): Promise<Enrolment> {
  const { identity, skipCredentialIssue: skipCredential, timeout } = values;
  const variable = takeTicketVariable();
  using state = openState();
  const hasProject = values.project !== undefined || state.projects.findDefault() !== undefined;
  const ticket = values.ticket ?? variable ?? (hasProject ? undefined : await askForTicket(terminal));
  if (ticket !== undefined) {
    // Standard input can be read once.
    const read = await readTicketSource(ticket, terminal);
    return retried(values, terminal, () =>
      enrol(terminal, { ticket: read, identity, timeout, skipCredential }),
    );
  }
  const project = chooseProject(state, values.project);
  return await retried(values, terminal, () =>
    renewMembership(terminal, state, { project, identity, timeout }),
  );
}

async function askForTicket(terminal: Terminal): Promise<string> {
  const ticket = await terminal.ask("Paste the ticket:");
  if (ticket !== undefined && ticket !== "") return ticket;
  throw new OckamError("OCKAM_CLI_NO_TICKET", "There is no ticket, and no project on this machine yet", {
    details: {
      hint: "give a file, a URL, - for standard input, or the ticket itself: ockam project enroll TICKET",
    },
  });
}
