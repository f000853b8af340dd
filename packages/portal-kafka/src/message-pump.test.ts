import { concatBytes } from "@ockam/codec";
import { framePrefix } from "@ockam/kafka-protocol";
import { array, assert, asyncProperty, boolean, integer, tuple, uint8Array } from "fast-check";
import { expect, test } from "vitest";

import { MessagePump } from "./message-pump.ts";

const numRuns = 100 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

test("messages are handled in order, one at a time, however the stream is cut", async () => {
  const messages = array(tuple(uint8Array({ minLength: 1, maxLength: 50 }), boolean()), { maxLength: 20 });
  await assert(
    asyncProperty(messages, array(integer({ min: 1, max: 40 })), async (sent, cuts) => {
      const handled: Uint8Array[] = [];
      let busy = 0;
      const pump = new MessagePump({
        handle: (message) => {
          expect(++busy).toBe(1);
          const finish = (): void => {
            busy--;
            handled.push(message);
          };
          const [, takesTime] = sent[handled.length]!;
          if (takesTime) return Promise.resolve().then(finish);
          finish();
          return undefined;
        },
        onProgress: () => {},
        onError: (cause) => expect(cause).toBeUndefined(),
      });
      let stream = concatBytes(...sent.flatMap(([message]) => [framePrefix(message.length), message]));
      for (const cut of cuts) {
        pump.push(stream.slice(0, cut));
        stream = stream.slice(cut);
      }
      pump.push(stream);
      await new Promise<void>((resolve) => pump.end(resolve));
      expect(handled).toEqual(sent.map(([message]) => message));
      expect(pump.waiting).toBe(0);
    }),
    { numRuns },
  );
});

test("an end within a message is an error", () => {
  const errors: Error[] = [];
  const pump = new MessagePump({
    handle: () => {},
    onProgress: () => {},
    onError: (cause) => errors.push(cause),
  });
  pump.push(framePrefix(5));
  pump.end(() => errors.push(new Error("ended")));
  expect(errors.map(({ message }) => message)).toEqual(["the connection ended within a message"]);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no"))],
])("nothing is handled after a handler that %s", async (_name, fail) => {
  const errors: Error[] = [];
  let handled = 0;
  const pump = new MessagePump({
    handle: () => {
      handled++;
      return fail();
    },
    onProgress: () => {},
    onError: (cause) => errors.push(cause),
  });
  const message = concatBytes(framePrefix(1), Uint8Array.of(1));
  pump.push(concatBytes(message, message));
  await new Promise(setImmediate);
  pump.push(message);
  expect(handled).toBe(1);
  expect(errors).toHaveLength(1);
});
