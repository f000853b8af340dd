import { rowsFor, runRow } from "@ockam/acceptance";
import { afterAll, beforeAll, describe, test } from "vitest";

import { installOckam } from "../install-ockam.ts";
import { TYPESCRIPT_COMMAND } from "../typescript-ockam.ts";
import { KAFKA_FOR_RUST } from "./install-kafka.ts";
import { KafkaBroker } from "./kafka-broker.ts";

const rust = { implementation: "rust", command: [await installOckam()] } as const;
const typescript = { implementation: "typescript", command: TYPESCRIPT_COMMAND } as const;

let broker: KafkaBroker;

beforeAll(async () => {
  broker = await KafkaBroker.start({ version: KAFKA_FOR_RUST });
});

afterAll(async () => {
  await broker?.[Symbol.asyncDispose]();
});

describe.each([typescript, rust])("rows with a broker, $implementation", (ockam) => {
  test.each(rowsFor(ockam.implementation, "broker"))("$id $title", (row) =>
    runRow(row, ockam, { broker: String(broker.port) }),
  );
});
