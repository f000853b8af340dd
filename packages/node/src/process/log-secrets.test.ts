import { readFileSync } from "node:fs";

import { toHex } from "@ockam/codec";
import { Attributes, issueCredential } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";
import { expect, test } from "vitest";

import { echoTarget, throughPort } from "../../testing/echo-target.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../../testing/kafka-clients.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { openState } from "../state/sqlite-state.ts";
import { fileLog, newestLogFile } from "./log-file.ts";

const HEADER = "Bearer 5ecret-of-a-header";
const SAID = "5ecret-of-an-application";

test("whatever a node is given and carries, its log at its fullest tells no secret", async () => {
  using home = temporaryHome();
  const { log } = fileLog({ folder: home.path });
  using target = await echoTarget();
  using state = openState({ inMemory: true });
  await using nodes = new Nodes();
  const a = await nodes.create({ state, identity: "a", log });
  const b = await nodes.create({ log });
  b.tcpOutlets.create({ to: target.address });
  const { identities, identifier: issuer } = state.identities.open("a");
  const subject = Identifier.parse(a.identifier);
  const issued = await issueCredential(identities, {
    issuer,
    subject,
    attributes: Attributes.of({}),
    ttl: 60,
  });
  const credential = toHex(issued.encoded);

  const to = `${addressOf(b)}/secure/api/service/outlet`;
  const inlet = await a.tcpInlets.create({ to });
  expect(await throughPort(inlet.bind_addr, SAID)).toBe(SAID);
  const headed = await a.tcpInlets.create({ to, httpHeaders: [`Authorization: ${HEADER}`] });
  await throughPort(headed.bind_addr, `GET / HTTP/1.1\r\nhost: x\r\nx-key: ${SAID}\r\n\r\n`);
  await throughPort(headed.bind_addr, `${SAID}\r\n\r\n`);
  const payload = toHex(new TextEncoder().encode(SAID));
  await a.sendMessage({ to: `${addressOf(b)}/service/echo`, payload });
  const channel = { to: `${addressOf(b)}/service/api`, timeout: 1000 };
  await codeOf(() => a.secureChannels.create({ ...channel, credential }));
  await codeOf(() => a.secureChannels.create({ ...channel, credential: credential.slice(0, -2) }));
  const tls = { certificate: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY };
  await a.kafkaInlets.create({ from: "127.0.0.1:0", to: "/secure/api", tls, connectionWait: 0 });
  const broken = { certificate: TEST_CERTIFICATE, key: `${TEST_CERTIFICATE_KEY.slice(0, 200)}x` };
  await codeOf(() =>
    a.kafkaInlets.create({ name: "k2", from: "127.0.0.1:0", to: "/secure/api", tls: broken }),
  );
  await a.close();
  await b.close();

  const text = readFileSync(newestLogFile(home.path)!, "utf8");
  expect(text).toContain("is up at");
  const key = TEST_CERTIFICATE_KEY.split("\n")[1]!;
  for (const secret of [HEADER, SAID, payload, credential.slice(0, 64), credential.slice(-64), key])
    expect(text).not.toContain(secret);
});
