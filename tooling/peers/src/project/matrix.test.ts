import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { BytePattern } from "../byte-pattern.ts";
import type { Implementation } from "../ockam-home.ts";
import { TransferServer } from "../transfer-server.ts";
import { transfer } from "../transfer.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";
import type { Client } from "./self-hosted-project.ts";

const KINDS = ["typescript", "rust"] as const;
const HOSTS = KINDS.flatMap((authority) => KINDS.map((relay) => ({ authority, relay })));
const ENDS = KINDS.flatMap((service) => KINDS.map((client) => ({ service, client })));

const TRANSFER_LENGTH = 4 * 2 ** 20;
const pattern = new BytePattern();

let backend: TransferServer;

beforeAll(async () => {
  backend = await TransferServer.start(pattern);
});

afterAll(async () => {
  await backend?.[Symbol.asyncDispose]();
});

describe.each(HOSTS)("$authority authority, $relay project node", (hosts) => {
  let project: SelfHostedProject;

  beforeAll(async () => {
    project = await SelfHostedProject.start(hosts);
    for (const service of KINDS) {
      await project.service(service, {
        backend: backend.port,
        relay: service,
        attributes: ["role=service"],
        outlet: ["--allow", "role=client"],
      });
    }
  });

  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
  });

  describe.each(ENDS)("$service service, $client client", ({ service, client }) => {
    test("a transfer, both ways", async () => {
      const { port } = await connect(service, client, ["role=client"]);
      expect(await transfer(port, "both", TRANSFER_LENGTH, pattern)).toMatchObject({
        outcome: "complete",
        intact: true,
      });
    });

    test("a client without the attribute is refused", async () => {
      const { port } = await connect(service, client, ["role=guest"]);
      const served = backend.ends.length + backend.connections;
      const result = await transfer(port, "down", 1000, pattern, { stall: 3000 });
      expect(result.outcome).not.toBe("complete");
      expect(result.received).toBe(0);
      expect(backend.ends.length + backend.connections).toBe(served);
    });
  });

  async function connect(
    service: Implementation,
    client: Implementation,
    attributes: readonly string[],
  ): Promise<Client> {
    return project.client(client, { relay: service, attributes });
  }
});
