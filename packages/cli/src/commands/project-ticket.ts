import { OckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";
import { formatTicket, projectIdOfRoute, type FullTicket, type TicketForm } from "@ockam/project";

import { readAttributes } from "../attribute-arguments.ts";
import { authorityOf, withAuthority } from "../authority-access.ts";
import { defineCommand, type Command } from "../command.ts";
import { anything, map, object, oneOf, string } from "../json-shape.ts";
import { duration, flag, parsed, text, texts } from "../option.ts";
import { chooseProject } from "../project-choice.ts";
import { retried, RETRY_OPTIONS } from "../retry.ts";
import type { Terminal } from "../terminal.ts";
import { UNUSED_TRUST_OPTIONS } from "../trust-options.ts";
import { usageError } from "../usage-error.ts";

const LONG_LIFETIME = 5 * 24 * 3600 * 1000;
const MANY_USES = 10;
const DEFAULT_LIFETIME = 10 * 60 * 1000;
const MAX_USES = 2 ** 32 - 1;

export const projectTicket: Command = defineCommand({
  summary: "Make a ticket, by which others become members of a project",
  description:
    "What is printed on standard output is the ticket. Give it to nobody but the one it is for: who has it can use it.",
  notes: [
    "It is made by an enroller. What it is good for is said on standard error; `--attribute` and `--relay` end up in the credentials of its holder. It warns when a ticket is valid for 5 days or more, or can be used 10 times or more.",
  ],
  examples: [
    "project ticket --short",
    "project ticket --relay web --attribute role=web > web.ticket",
    "project ticket --enroller --expires-in 1h",
  ],
  json: oneOf(
    object({ ticket: string() }),
    map(anything(), "the ticket itself; the first form with --short"),
  ),
  pipe: "the ticket, without a line end, which Rust's command takes for a part of it",
  options: {
    attribute: texts("KEY=VALUE", "An attribute of the new member; KEY alone means KEY=true; repeatable", {
      short: "a",
    }),
    relay: text("NAME", "The relay that the member may register, or * for any: the attribute ockam-relay"),
    enroller: flag("The member may make other members: the attribute ockam-role=enroller"),
    tls: flag("", { hidden: true }),
    expiresIn: duration("How long the ticket is valid", { fallback: "10m" }),
    usageCount: parsed("N", "How often it can be used", readUses, { fallback: "1" }),
    project: text("NAME", "The project", { fallback: "the default project" }),
    identity: text("IDENTITY", "Who makes the ticket: an enroller", { fallback: "the default identity" }),
    short: flag("One short line; the new member asks the authority for the rest"),
    hex: flag("In hex"),
    legacy: flag("In the form of older versions", { hidden: true }),
    skipControllerCall: flag("", { hidden: true }),
    ...RETRY_OPTIONS,
    ...UNUSED_TRUST_OPTIONS,
  },
  async run(values, terminal) {
    const attributes = readAttributes(values, { bareKeys: true });
    const { expiresIn, hex, identity, legacy, short, usageCount } = values;
    if (short && (hex || legacy)) throw usageError("--short, --hex and --legacy are different forms");
    const ttl = expiresIn === undefined ? undefined : secondsOf(expiresIn);
    using state = openState();
    const project = chooseProject(state, values.project);
    const oneTimeCode = await retried(values, terminal, () =>
      withAuthority({ state, identity, terminal, ...authorityOf(project) }, async (client) => {
        if (short && (await client.project()) === undefined) throw noShortTickets(project.name);
        return client.createToken({
          attributes,
          ...(ttl === undefined ? {} : { ttl }),
          ...(usageCount === undefined ? {} : { uses: usageCount }),
        });
      }),
    );
    const ticket: FullTicket = {
      kind: "full",
      oneTimeCode,
      // Others know it by the name in its record.
      project: { ...project, name: project.recordName },
    };
    tell(terminal, { attributes, expiresIn, usageCount });
    const line = formatTicket(ticket, short ? "short" : formOf(ticket, { hex, legacy }));
    return {
      json: () => (short ? { ticket: line } : jsonOf(ticket, legacy)),
      machine: line,
      // Rust takes a newline in a file for a part of the ticket, and hangs.
      isBare: true,
      plain: () => `\n${line}`,
    };
  },
});

/** Text does not say the id of a project whose route does not: then JSON does, in hex as it is one word. */
function formOf({ project }: FullTicket, { hex, legacy }: { hex: boolean; legacy: boolean }): TicketForm {
  if (legacy) return "legacy";
  const isComplete = projectIdOfRoute(project.accessRoute) === project.id && !/,/.test(project.name);
  if (!isComplete) return "json-hex";
  return hex ? "hex" : "text";
}

function jsonOf(ticket: FullTicket, legacy: boolean): unknown {
  if (!legacy) return JSON.parse(formatTicket(ticket, "json"));
  return JSON.parse(Buffer.from(formatTicket(ticket, "legacy"), "hex").toString("utf8"));
}

interface Terms {
  readonly attributes: ReadonlyMap<string, string>;
  readonly expiresIn: number | undefined;
  readonly usageCount: number | undefined;
}

function tell(terminal: Terminal, { attributes, expiresIn = DEFAULT_LIFETIME, usageCount = 1 }: Terms): void {
  const { style } = terminal;
  const given = [...attributes].map(([key, value]) => style.name(`${key}=${value}`));
  const uses = usageCount === 1 ? "once" : `${usageCount} times`;
  terminal.note(
    given.length === 0
      ? "Its holder becomes a member without attributes"
      : `Its holder becomes a member with ${given.join(", ")}`,
  );
  terminal.note(
    `It is valid for ${durationText(expiresIn)} and can be used ${uses}: ${style.name("ockam project enroll")}`,
  );
  if (expiresIn >= LONG_LIFETIME) {
    terminal.warn("It is valid for long: whoever finds it in that time can become a member");
  }
  if (usageCount >= MANY_USES) {
    terminal.warn("It can be used often: nobody will notice when somebody else uses it, too");
  }
}

function durationText(milliseconds: number): string {
  for (const [unit, length] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const) {
    if (milliseconds >= length && milliseconds % length === 0) return `${milliseconds / length}${unit}`;
  }
  return `${milliseconds / 1000}s`;
}

function secondsOf(milliseconds: number): number {
  if (milliseconds < 1000) throw usageError("a ticket is valid for a second at least", "--expires-in 10m");
  return Math.floor(milliseconds / 1000);
}

function readUses(typed: string): number {
  const uses = /^\d{1,10}$/.test(typed) ? Number(typed) : 0;
  if (uses >= 1 && uses <= MAX_USES) return uses;
  throw usageError(`'${typed}' is not how often a ticket can be used`, "--usage-count 1 or more");
}

function noShortTickets(project: string): OckamError {
  return new OckamError(
    "OCKAM_CLI_NO_SHORT_TICKETS",
    `the authority of ${project} does not tell new members about the project, so a ticket has to`,
    { details: { hint: "leave out --short" } },
  );
}
