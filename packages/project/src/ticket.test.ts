import { decodeUtf8, encodeUtf8, fromHex, isOckamError, toHex } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { sampleProject } from "../testing/sample-project.ts";
import { RUST } from "../testing/vectors.ts";
import { MAX_TICKET_LENGTH, ONE_TIME_CODE_LENGTH } from "./limits.ts";
import { PROJECT_ERROR_CODES } from "./project-error.ts";
import { formatProject, parseProject } from "./project.ts";
import { formatTicket, readTicket, type FullTicket, type TicketForm } from "./ticket.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const CODE = Uint8Array.from({ length: ONE_TIME_CODE_LENGTH }, (_, index) => index);
const FORMS: readonly TicketForm[] = ["text", "hex", "json", "json-hex", "legacy", "short"];
const TICKET: FullTicket = { kind: "full", oneTimeCode: CODE, project: await sampleProject() };

describe("a ticket", () => {
  test.each(FORMS.filter((form) => form !== "short"))("comes back from its form %s", (form) => {
    const text = formatTicket(TICKET, form);
    expect(text).not.toMatch(/\n/);
    expect(readTicket(text)).toEqual(TICKET);
    expect(readTicket(`\uFEFF \r\n${text}\n\n`)).toEqual(TICKET);
  });

  test("of one short line says who the authority is and where", () => {
    const text = formatTicket(TICKET, "short");
    const { authorityIdentifier, authorityRoute } = TICKET.project;
    const short = { kind: "short", oneTimeCode: CODE, authorityIdentifier, authorityRoute };
    expect(text).toMatch(/^ockam1-[\w-]+$/);
    expect(text.length).toBeLessThan(160);
    expect(readTicket(` ${text}\n`)).toEqual(short);
    expect(formatTicket(readTicket(text), "short")).toBe(text);
  });

  test("of one short line has no other form", () => {
    const short = readTicket(formatTicket(TICKET, "short"));
    expect(() => formatTicket(short, "text")).toThrow(TypeError);
  });

  test("in text takes its id from the route, in the other forms it says it", async () => {
    const project = await sampleProject({ accessRoute: "/ip4/127.0.0.1/tcp/4000/service/api" });
    const id = (form: TicketForm) => {
      const ticket = readTicket(formatTicket({ ...TICKET, project }, form));
      return ticket.kind === "full" ? ticket.project.id : undefined;
    };
    expect({ text: id("text"), json: id("json"), jsonHex: id("json-hex"), legacy: id("legacy") }).toEqual({
      text: "api",
      json: project.id,
      jsonHex: project.id,
      legacy: project.id,
    });
  });

  test("in text needs a service in the route, and no commas", async () => {
    const noService = await sampleProject({ accessRoute: "/ip4/127.0.0.1/tcp/4000/secure/api" });
    const comma = await sampleProject({ name: "a,b" });
    for (const project of [noService, comma]) {
      expect(() => formatTicket({ ...TICKET, project }, "text")).toThrow(
        expect.objectContaining({ code: PROJECT_ERROR_CODES.invalidProject }),
      );
      expect(readTicket(formatTicket({ ...TICKET, project }, "json"))).toEqual({ ...TICKET, project });
    }
  });

  test("may have more fields, and more keys", () => {
    expect(readTicket(`${formatTicket(TICKET, "text")},more,and more`)).toEqual(TICKET);
    const record = { ...JSON.parse(formatTicket(TICKET, "json")), more: { anything: [1] } };
    expect(readTicket(JSON.stringify(record, undefined, 2))).toEqual(TICKET);
    expect(readTicket(JSON.stringify(record).replaceAll("/", "\\/"))).toEqual(TICKET);
  });

  test("must have a code of the right length to be written", () => {
    const ticket = { ...TICKET, oneTimeCode: CODE.subarray(1) };
    for (const form of FORMS) expect(() => formatTicket(ticket, form)).toThrow(RangeError);
  });
});

describe("a ticket that Rust made", () => {
  const imported = parseProject(JSON.stringify(RUST.project));
  // Rust reads the id out of the route, which does not say it here.
  const project = { ...imported, id: "api", spaceId: "", spaceName: "" };

  test.each(["text", "hex", "legacy"] as const)("is read: %s", (form) => {
    const ticket = readTicket(RUST.tickets[form]);
    expect(ticket).toEqual({ kind: "full", oneTimeCode: ticket.oneTimeCode, project });
    expect(ticket.oneTimeCode).toHaveLength(ONE_TIME_CODE_LENGTH);
  });

  test.each(["json", "legacy-json"] as const)("is read: %s, its hex and its upper-case hex", (form) => {
    const record = RUST.tickets[form];
    const oneTimeCode = fromHex(String(record["one_time_code"]));
    const json = JSON.stringify(record, undefined, 2);
    const hex = toHex(encodeUtf8(json));
    for (const text of [json, hex, hex.toUpperCase()]) {
      expect(readTicket(text)).toEqual({ kind: "full", oneTimeCode, project });
    }
  });

  test("is written in the same bytes", () => {
    expect(formatTicket(readTicket(RUST.tickets.text), "text")).toBe(RUST.tickets.text);
    expect(formatTicket(readTicket(RUST.tickets.hex), "hex")).toBe(RUST.tickets.hex);
    expect(JSON.parse(formatTicket(readTicket(JSON.stringify(RUST.tickets.json)), "json"))).toEqual(
      RUST.tickets.json,
    );
  });

  test("has a record with the keys that ours has", () => {
    const rust = JSON.parse(decodeUtf8(fromHex(RUST.tickets.legacy)));
    const ours = JSON.parse(decodeUtf8(fromHex(formatTicket(readTicket(RUST.tickets.legacy), "legacy"))));
    expect(ours).toEqual(rust);
    expect(Object.keys(formatProject(project))).toEqual(Object.keys(rust.project));
  });
});

describe("no ticket", () => {
  const fields = formatTicket(TICKET, "text").split(",");
  const withField = (index: number, value: string) => fields.with(index, value).join(",");
  const record = JSON.parse(formatTicket(TICKET, "json"));
  const { [`project_name`]: _name, ...nameless } = record;

  test.each([
    ["nothing", " \n", /empty/],
    ["a name of a file that is not there", "web.ticket", /Missing fields in enrollment ticket/],
    ["too few fields", fields.slice(0, 6).join(","), /Missing fields in enrollment ticket/],
    ["a short code", withField(3, "00"), /one-time code/],
    ["a code that is no hex", withField(3, "x".repeat(64)), /one-time code/],
    ["an identifier that is none", withField(1, "I00"), /identifier/],
    ["a history that is no hex", withField(4, "zz"), /change history of its project is not hex/],
    ["a route without a service", withField(0, "/ip4/1.2.3.4/tcp/1"), /no \/service\//],
    ["hex of something else", "ff".repeat(40), /hex, but not of text/],
    ["JSON that was cut off", JSON.stringify(record).slice(0, -1), /is not JSON/],
    ["JSON without a key", JSON.stringify(nameless), /"project_name" is missing/],
    [
      "JSON with a wrong key",
      JSON.stringify({ ...record, project_route: [] }),
      /"project_route" is not a JSON object/,
    ],
    [
      "JSON with a wrong value",
      JSON.stringify({ ...record, authority_route: 1 }),
      /"authority_route" is not text/,
    ],
    ["a short ticket that was cut off", formatTicket(TICKET, "short").slice(0, 60), /cut off|damaged/],
    ["a short ticket with a strange letter", `${formatTicket(TICKET, "short")}=`, /damaged/],
    ["a short ticket without a route", `ockam1-${"A".repeat(86)}`, /cut off|damaged/],
  ])("is %s", (_what, text, message) => {
    expect(() => readTicket(text)).toThrow(
      expect.objectContaining({
        code: PROJECT_ERROR_CODES.invalidTicket,
        message: expect.stringMatching(message),
      }),
    );
  });

  test.each([
    ["a project identifier that is another's", withField(1, `I${"00".repeat(32)}`), /"identity"/],
    ["a route to nowhere", withField(6, "/service/api"), /"authority_access_route"/],
    ["a history that was altered", withField(5, fields[5]!.replace(/..$/, "ff")), /"authority_identity"/],
    ["a name with a line break", JSON.stringify({ ...record, project_name: "a\nb" }), /"name"/],
  ])("is one whose project has %s", (_what, text, message) => {
    expect(() => readTicket(text)).toThrow(
      expect.objectContaining({
        code: PROJECT_ERROR_CODES.invalidProject,
        message: expect.stringMatching(message),
      }),
    );
  });

  test("is longer than the limit, whatever it is", () => {
    const padded = formatTicket(TICKET, "text").padEnd(MAX_TICKET_LENGTH);
    expect(readTicket(padded)).toEqual(TICKET);
    expect(() => readTicket(`${padded} `)).toThrow(/longer than/);
  });

  test("puts its code into a message", () => {
    const code = toHex(CODE);
    const broken = [
      withField(4, "zz"),
      JSON.stringify(record).slice(0, -1),
      `${JSON.stringify(record)},`,
      JSON.stringify({ ...record, one_time_code: `${code}0` }),
      fields.slice(0, 6).join(","),
    ];
    for (const text of broken) {
      let message = "";
      try {
        readTicket(text);
      } catch (error) {
        for (let at = error; at instanceof Error; at = at.cause) message += at.message;
      }
      expect(message).not.toBe("");
      expect(message).not.toContain(code);
    }
  });
});

describe("any text", () => {
  test("is read or refused with an error of this package", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        read(text);
        read(toHex(encodeUtf8(text)));
        read(`ockam1-${text}`);
        read(`{${text}}`);
      }),
      { numRuns: 200 * SCALE },
    );
  });

  test("that is almost a ticket, too", () => {
    const place = fc.nat(4000);
    const letter = fc.constantFrom("0", "f", "I", ",", '"', "/", "{", "-", "\u0000", "é");
    fc.assert(
      fc.property(fc.constantFrom(...FORMS), place, letter, fc.nat(3), (form, at, what, drop) => {
        const text = formatTicket(TICKET, form);
        const cut = at % text.length;
        read(text.slice(0, cut) + what + text.slice(cut + drop));
        read(text.slice(0, cut));
      }),
      { numRuns: 300 * SCALE },
    );
  });

  test("that is JSON, too", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...Object.keys(recordOf(TICKET))), (json, key) => {
        read(json);
        read(JSON.stringify({ ...recordOf(TICKET), [key]: JSON.parse(json) }));
      }),
      { numRuns: 200 * SCALE },
    );
  });
});

function recordOf(ticket: FullTicket): Record<string, unknown> {
  return JSON.parse(formatTicket(ticket, "json"));
}

/** What kind of ticket it is; any other error than those that are promised is a failure. */
function read(text: string): string {
  try {
    return readTicket(text).kind;
  } catch (error) {
    if (isOckamError(error) && error.code.startsWith("OCKAM_PROJECT_")) return "refused";
    throw error;
  }
}
