import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Address } from "./address.ts";
import { FlowControls } from "./flow-control.ts";
import { Message } from "./message.ts";

const at = (name: string): Address => Address.local(name);

function reaches(
  flows: FlowControls,
  id: string,
  spawner: string | undefined,
  ...onward: readonly string[]
): unknown {
  const message = new Message(
    onward.map((other) => at(other)),
    [],
    new Uint8Array(0),
  );
  return flows.accessControl(id, spawner).isAuthorized(message);
}

test("ids are 32 hexadecimal characters, and differ", () => {
  expect(FlowControls.randomId()).toMatch(/^[0-9a-f]{32}$/);
  expect(FlowControls.randomId()).not.toBe(FlowControls.randomId());
});

test("a producer reaches the consumers of its flow and of its spawner's", () => {
  const flows = new FlowControls();
  flows.addConsumer(at("mine"), "F");
  flows.addConsumer(at("shared"), "L");
  flows.addConsumer(at("other"), "G");
  expect(reaches(flows, "F", "L", "mine")).toBe(true);
  expect(reaches(flows, "F", "L", "shared")).toBe(true);
  expect(reaches(flows, "F", "L", "other")).toBe(false);
  expect(reaches(flows, "F", undefined, "shared")).toBe(false);
  expect(reaches(flows, "F", "L")).toBe(false);
});

test("only the next hop counts", () => {
  const flows = new FlowControls();
  flows.addConsumer(at("a"), "F");
  expect(reaches(flows, "F", undefined, "a", "b")).toBe(true);
  expect(reaches(flows, "F", undefined, "b", "a")).toBe(false);
});

test("consumers may be added and removed after the check was made", () => {
  const flows = new FlowControls();
  const check = flows.accessControl("F");
  const message = new Message([at("a")], [], new Uint8Array(0));
  expect(check.isAuthorized(message)).toBe(false);
  flows.addConsumer(at("a"), "F");
  expect(check.isAuthorized(message)).toBe(true);
  flows.removeConsumer(at("a"), "F");
  expect(check.isAuthorized(message)).toBe(false);
});

test("a producer is found by all of its addresses", () => {
  const flows = new FlowControls();
  flows.addProducer(at("receiver"), "F", "L", [at("sender")]);
  for (const name of ["receiver", "sender"]) {
    expect(flows.producerOf(at(name))).toMatchObject({ flowControlId: "F", spawnerFlowControlId: "L" });
  }
  expect(flows.producerOf(at("other"))).toBeUndefined();
  expect(flows.linkConsumer(at("answer"), at("sender"))).toBe("F");
  expect(reaches(flows, "F", undefined, "answer")).toBe(true);
  expect(flows.linkConsumer(at("answer"), at("other"))).toBeUndefined();
});

test("a consumer knows its flows, a flow its consumers, a listener its flow", () => {
  const flows = new FlowControls();
  flows.addConsumer(at("a"), "F");
  flows.addConsumer(at("a"), "G");
  flows.addConsumer(at("b"), "F");
  flows.addSpawner(at("listener"), "L");
  expect(flows.flowControlsOfConsumer(at("a"))).toEqual(["F", "G"]);
  expect(flows.consumersOf("F").map(String)).toEqual(["0#a", "0#b"]);
  expect(flows.isConsumer(at("b"), "G")).toBe(false);
  expect(flows.spawnerOf(at("listener"))).toBe("L");
});

describe("cleanup", () => {
  test("of a consumer", () => {
    const flows = new FlowControls();
    flows.addConsumer(at("a"), "F");
    flows.cleanup(at("a"));
    expect(flows.flowControlsOfConsumer(at("a"))).toEqual([]);
    expect(flows.consumersOf("F")).toEqual([]);
  });

  test("the consumers of a flow go with its last producer", () => {
    const flows = new FlowControls();
    flows.addProducer(at("channel"), "F", undefined, [at("encryptor")]);
    flows.addProducer(at("relay"), "F");
    flows.addConsumer(at("a"), "F");
    flows.cleanup(at("channel"));
    expect(flows.producerOf(at("encryptor"))).toBeUndefined();
    expect(flows.isConsumer(at("a"), "F")).toBe(true);
    flows.cleanup(at("relay"));
    expect(flows.isConsumer(at("a"), "F")).toBe(false);
    expect(flows.flowControlsOfConsumer(at("a"))).toEqual([]);
  });

  test("the consumers of a listener's flow go with it and the last producer that it spawned", () => {
    const flows = new FlowControls();
    flows.addSpawner(at("listener"), "L");
    flows.addProducer(at("one"), "F", "L");
    flows.addProducer(at("two"), "G", "L");
    flows.addConsumer(at("a"), "L");
    flows.cleanup(at("listener"));
    flows.cleanup(at("one"));
    expect(flows.isConsumer(at("a"), "L")).toBe(true);
    flows.cleanup(at("two"));
    expect(flows.isConsumer(at("a"), "L")).toBe(false);
  });

  test("an additional address goes alone, and the producer takes the others with it", () => {
    const flows = new FlowControls();
    flows.addProducer(at("p"), "F", undefined, [at("x"), at("y")]);
    flows.cleanup(at("x"));
    expect(flows.producerOf(at("x"))).toBeUndefined();
    expect(flows.producerOf(at("y"))).toBeDefined();
    flows.cleanup(at("p"));
    expect(flows.producerOf(at("y"))).toBeUndefined();
  });

  test("an address that another producer took over stays with that one", () => {
    const flows = new FlowControls();
    flows.addProducer(at("p"), "F", undefined, [at("x")]);
    flows.addProducer(at("q"), "G", undefined, [at("x")]);
    flows.cleanup(at("p"));
    expect(flows.producerOf(at("x"))?.flowControlId).toBe("G");
  });

  test("a producer or a listener that is registered again counts once", () => {
    const flows = new FlowControls();
    flows.addProducer(at("p"), "F");
    flows.addConsumer(at("a"), "F");
    flows.addProducer(at("p"), "G");
    expect(flows.isConsumer(at("a"), "F")).toBe(false);
    flows.addSpawner(at("l"), "L");
    flows.addConsumer(at("a"), "L");
    flows.addSpawner(at("l"), "M");
    expect(flows.isConsumer(at("a"), "L")).toBe(false);
  });

  test("leaves nothing behind, whatever was registered in whatever order", () => {
    const name = fc.constantFrom("a", "b", "c", "d", "e");
    const id = fc.constantFrom("F", "G", "L");
    const step = fc.oneof(
      fc.record({ kind: fc.constant("consumer" as const), name, id }),
      fc.record({ kind: fc.constant("removed" as const), name, id }),
      fc.record({
        kind: fc.constant("producer" as const),
        name,
        id,
        spawner: fc.option(id, { nil: undefined }),
        additional: fc.array(name, { maxLength: 2 }),
      }),
      fc.record({ kind: fc.constant("spawner" as const), name, id }),
      fc.record({ kind: fc.constant("cleanup" as const), name }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const flows = new FlowControls();
        for (const one of steps) {
          if (one.kind === "consumer") flows.addConsumer(at(one.name), one.id);
          else if (one.kind === "removed") flows.removeConsumer(at(one.name), one.id);
          else if (one.kind === "producer") {
            flows.addProducer(
              at(one.name),
              one.id,
              one.spawner,
              one.additional.map((other) => at(other)),
            );
          } else if (one.kind === "spawner") flows.addSpawner(at(one.name), one.id);
          else flows.cleanup(at(one.name));
        }
        for (const letter of ["a", "b", "c", "d", "e"]) flows.cleanup(at(letter));
        for (const letter of ["a", "b", "c", "d", "e"]) {
          expect(flows.producerOf(at(letter))).toBeUndefined();
          expect(flows.spawnerOf(at(letter))).toBeUndefined();
          expect(flows.flowControlsOfConsumer(at(letter))).toEqual([]);
        }
        for (const flow of ["F", "G", "L"]) expect(flows.consumersOf(flow)).toEqual([]);
      }),
      { numRuns: 300 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1) },
    );
  });
});
