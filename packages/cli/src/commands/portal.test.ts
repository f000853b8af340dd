import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";

import { Identifier } from "@ockam/identity";
import { openState } from "@ockam/node/state";
import { formatTicket } from "@ockam/project";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { CollectedText } from "../../testing/collected-text.ts";
import { temporaryHome } from "../../testing/test-project.ts";
import { Program } from "../program.ts";

const MEMBER_TICKET = formatTicket(
  {
    kind: "short",
    oneTimeCode: new Uint8Array(32),
    authorityIdentifier: new Identifier(new Uint8Array(32)),
    authorityRoute: "/ip4/127.0.0.1/tcp/1/service/api",
  },
  "short",
);

let home: string;

beforeEach(() => {
  home = temporaryHome();
  vi.stubEnv("OCKAM_HOME", home);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });
});

describe("portal", () => {
  test.each([
    [[], /neither a service nor a ticket[^]*ockam portal PORT/],
    [["postgres"], /'postgres' is neither a service, nor a ticket[^]*PORT or HOST:PORT/],
    [["0"], /no port/],
    [["99999"], /not a socket address/],
    [["tls://db:5432"], /does not speak TLS/],
    [["5432", "a/b"], /no name for a portal/],
    [["--from", "x"], /not a socket address/],
    [["--from", "15432", MEMBER_TICKET], /--from does not go with a ticket/],
    [[MEMBER_TICKET, "--address", "relay.example.com"], /--address does not go with a ticket/],
    [[MEMBER_TICKET, "web"], /not a socket address/],
  ])("%j is a usage error, and does nothing", async (words, message) => {
    const { exitCode, stderr } = await ockam(...words);
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(message)]);
    using state = openState();
    expect([state.identities.list(), state.nodes.list()]).toEqual([[], []]);
  });

  test("does not use the ticket of a member, wherever it is", async () => {
    const file = join(home, "web.ticket");
    writeFileSync(file, `${MEMBER_TICKET}\n`);
    for (const words of [[MEMBER_TICKET], [file], []]) {
      vi.stubEnv("ENROLLMENT_TICKET", MEMBER_TICKET);
      const { exitCode, stderr } = await ockam(...words);
      expect([exitCode, stderr]).toEqual([
        70,
        expect.stringMatching(/is for no portal[^]*ockam project enroll[^]*OCKAM_CLI_NOT_FOR_A_PORTAL/),
      ]);
    }
    expect(process.env["ENROLLMENT_TICKET"]).toBeUndefined();
  });
});

async function ockam(...words: readonly string[]) {
  const [stdout, stderr] = [new CollectedText(), new CollectedText()];
  const host = { stdin: Readable.from([]), stdout, stderr, env: { NO_COLOR: "1" } };
  const exitCode = await new Program(host).run(["portal", ...words]);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
