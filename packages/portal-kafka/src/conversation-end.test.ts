import { OckamError } from "@ockam/codec";
import { framePrefix } from "@ockam/kafka-protocol";
import type { LocalEnd, LocalEndEvents } from "@ockam/portal-tcp";
import { expect, test } from "vitest";

import { ConversationEnd, MAX_WAITING_LENGTH } from "./conversation-end.ts";
import type { Conversation, ConversationSides } from "./conversation-end.ts";

/** An application, a stream, and the conversation's end between them. */
class Scene {
  readonly calls: string[] = [];
  readonly written: Uint8Array[] = [];
  readonly events: string[] = [];
  readonly sent: Uint8Array[] = [];
  error: Error | undefined;
  pendingLength = 0;
  application: LocalEndEvents | undefined;
  readonly end: ConversationEnd;

  constructor(begin: (sides: ConversationSides) => Conversation) {
    const inner: LocalEnd = {
      name: "application:1",
      pendingLength: 0,
      start: (events) => {
        this.application = events;
      },
      opened: () => void this.calls.push("opened"),
      write: (pieces) => void this.written.push(...pieces),
      end: () => void this.calls.push("end"),
      close: () => void this.calls.push("close"),
      reset: (cause) => void this.calls.push(`reset ${cause.code}`),
      pause: () => void this.calls.push("pause"),
      resume: () => void this.calls.push("resume"),
    };
    this.end = new ConversationEnd(
      Object.defineProperty(inner, "pendingLength", { get: () => this.pendingLength }),
      begin,
    );
    this.end.start({
      onData: (chunk) => void this.sent.push(chunk),
      onEnd: () => void this.events.push("end"),
      onError: (cause) => {
        this.error = cause;
      },
      onDrain: () => void this.events.push("drain"),
      onFinish: () => void this.events.push("finish"),
    });
  }
}

/** A scene whose conversation passes each message on once it is let go. */
function gatedScene(): { readonly scene: Scene; readonly open: () => void } {
  const waiting: (() => void)[] = [];
  const wait = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const scene = new Scene((sides) => ({
    fromApplication: (message) => wait().then(() => sides.toPeer(message)),
    fromPeer: (message) => wait().then(() => sides.toApplication(message)),
  }));
  return { scene, open: () => waiting.shift()?.() };
}

function passing(sides: ConversationSides): Conversation {
  return { fromApplication: sides.toPeer, fromPeer: sides.toApplication };
}

function frame(...bytes: readonly number[]): Uint8Array {
  return Uint8Array.from([...framePrefix(bytes.length), ...bytes]);
}

test("messages pass in both directions, framed", () => {
  const scene = new Scene(passing);
  scene.application!.onData(frame(1, 2), false);
  scene.end.write([frame(3).subarray(0, 2), frame(3).subarray(2)]);
  expect(Buffer.concat(scene.sent)).toEqual(Buffer.from(frame(1, 2)));
  expect(Buffer.concat(scene.written)).toEqual(Buffer.from(frame(3)));
  expect(scene.end.name).toBe("application:1");
  scene.end.opened();
  scene.application!.onFinish();
  expect([scene.calls.at(-1), scene.events]).toEqual(["opened", ["finish"]]);
});

test("the end waits for the messages before it, in each direction", async () => {
  const { open, scene } = gatedScene();
  scene.application!.onData(frame(1), false);
  scene.application!.onEnd();
  scene.end.write([frame(2)]);
  scene.end.end();
  expect([scene.calls.includes("end"), scene.events]).toEqual([false, []]);
  open();
  open();
  await new Promise(setImmediate);
  expect(scene.calls).toContain("end");
  expect(scene.events).toContain("end");
  expect([scene.sent.length, scene.written.length]).toEqual([2, 2]);
});

test("what waits here counts as pending, and the application is asked to pause", async () => {
  const { open, scene } = gatedScene();
  scene.pendingLength = 5;
  scene.end.write([frame(1, 2, 3)]);
  expect(scene.end.pendingLength).toBe(8);
  open();
  await new Promise(setImmediate);
  expect([scene.end.pendingLength, scene.events]).toEqual([5, ["drain"]]);
  scene.application!.onData(frame(1), false);
  expect(scene.calls.at(-1)).toBe("resume");
  scene.application!.onData(frame(...new Uint8Array(10)), false);
  expect(scene.calls.at(-1)).toBe("resume");
  scene.application!.onData(framePrefix(MAX_WAITING_LENGTH), false);
  scene.application!.onData(new Uint8Array(MAX_WAITING_LENGTH), false);
  expect(scene.calls.at(-1)).toBe("pause");
  open();
  await new Promise(setImmediate);
  expect(scene.calls.at(-1)).toBe("pause");
  open();
  await new Promise(setImmediate);
  open();
  await new Promise(setImmediate);
  expect(scene.calls.at(-1)).toBe("resume");
});

test("a pause of the portal stands, whatever waits here", () => {
  const scene = new Scene(passing);
  scene.end.pause();
  scene.application!.onData(frame(1), false);
  expect(scene.calls).not.toContain("resume");
  scene.end.resume();
  expect(scene.calls.at(-1)).toBe("resume");
});

test.each([
  [
    "the application's bytes are no message",
    (scene: Scene) => scene.application!.onData(new Uint8Array(4), false),
  ],
  ["the peer's bytes are no message", (scene: Scene) => scene.end.write([new Uint8Array(4)])],
  [
    "the application ends within a message",
    (scene: Scene) => {
      scene.application!.onData(frame(1, 2).subarray(0, 5), false);
      scene.application!.onEnd();
    },
  ],
  [
    "the peer ends within a message",
    (scene: Scene) => {
      scene.end.write([frame(1, 2).subarray(0, 5)]);
      scene.end.end();
    },
  ],
  [
    "the peer closes within a message",
    (scene: Scene) => {
      scene.end.write([frame(1, 2).subarray(0, 5)]);
      scene.end.close();
    },
  ],
])("both sides are reset when %s, and nothing follows", (_name, fail) => {
  const scene = new Scene(passing);
  fail(scene);
  expect(scene.calls.filter((call) => call.startsWith("reset"))).toHaveLength(1);
  expect(scene.calls.at(-1)).toMatch(/^reset OCKAM_KAFKA_/);
  expect(scene.error).toBeInstanceOf(Error);
  scene.application!.onData(frame(1), false);
  scene.end.write([frame(1)]);
  scene.end.end();
  expect([scene.sent, scene.written, scene.events]).toEqual([[], [], []]);
});

test("an error of a conversation resets both sides: one that has no code gets one", async () => {
  for (const [thrown, code] of [
    [new OckamError("OCKAM_KAFKA_NO_PORT", "none"), "OCKAM_KAFKA_NO_PORT"],
    [new Error("anything"), "OCKAM_KAFKA_INVALID_MESSAGE"],
  ] as const) {
    const scene = new Scene(() => ({
      fromApplication: () => Promise.reject(thrown),
      fromPeer: () => {},
    }));
    scene.application!.onData(frame(1), false);
    await new Promise(setImmediate);
    expect(scene.calls.at(-1)).toBe(`reset ${code}`);
    expect(scene.error).toMatchObject({ code, message: thrown.message });
  }
});

test("close delivers what came, then closes", async () => {
  const { open, scene } = gatedScene();
  scene.end.write([frame(1)]);
  scene.end.close();
  scene.application!.onData(frame(2), false);
  expect(scene.calls).not.toContain("close");
  open();
  await new Promise(setImmediate);
  expect([scene.calls.at(-1), scene.written.length, scene.sent.length]).toEqual(["close", 2, 0]);
});

test("an application that is gone is reported, and a reset reaches it", () => {
  const scene = new Scene(passing);
  scene.application!.onError(new Error("gone"));
  expect(scene.error).toEqual(new Error("gone"));
  scene.end.reset(new OckamError("OCKAM_PORTAL_CLOSED", "closed"));
  expect(scene.calls).toEqual(["reset OCKAM_PORTAL_CLOSED"]);
});
