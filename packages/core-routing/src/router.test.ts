import type { LogEntry } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import type { AccessControl } from "./access-control.ts";
import { fromAddresses, toAddresses } from "./access-control.ts";
import { Address } from "./address.ts";
import { pause } from "./conformance-check.ts";
import { deferred } from "./deferred.ts";
import { Message } from "./message.ts";
import { formatRoute, parseRoute } from "./route.ts";
import { Router } from "./router.ts";
import type { Context } from "./worker.ts";
import { MAX_DELIVERY_DEPTH, WORKER_QUEUE_CAPACITY } from "./worker-queue.ts";

const at = (name: string): Address => Address.local(name);
const code = (name: string): unknown => expect.objectContaining({ code: `OCKAM_ROUTING_${name}` });

function numbered(number: number): Uint8Array {
  return Uint8Array.of(number);
}

function fail(): never {
  throw new RangeError("no");
}

function logged(): { log: (entry: LogEntry) => void; entries: LogEntry[] } {
  const entries: LogEntry[] = [];
  return { log: (entry) => entries.push(entry), entries };
}

describe("delivery", () => {
  test("is a call when the worker is idle", () => {
    const router = new Router();
    const received: Message[] = [];
    router.start((message) => void received.push(message), { address: "sink" });
    const context = router.start(() => {}, { address: "me" });
    const info = [{ type: "t", data: numbered(1) }];
    expect(context.send(parseRoute("sink => later"), numbered(7), { localInfo: info })).toBeUndefined();
    expect(received).toHaveLength(1);
    const [message] = received;
    expect(formatRoute(message!.onwardRoute)).toBe("0#sink => 0#later");
    expect(formatRoute(message!.returnRoute)).toBe("0#me");
    expect(message).toMatchObject({ payload: numbered(7), localInfo: info, source: at("me") });
  });

  test("is a call however many were before", () => {
    const router = new Router();
    let count = 0;
    router.start(() => void (count += 1), { address: "sink" });
    const me = router.start(() => {});
    for (let i = 1; i <= 2 * MAX_DELIVERY_DEPTH; i++) {
      void me.send([at("sink")], numbered(1));
      expect(count).toBe(i);
    }
  });

  test("an answer goes along the return route, from the worker's address", () => {
    const router = new Router();
    const answers: string[] = [];
    router.start((message, context) => context.reply(message, message.payload), { address: "echo" });
    const me = router.start((message) => void answers.push(formatRoute(message.returnRoute)), {
      address: "me",
    });
    void me.send([at("echo")], numbered(1));
    void me.send([at("echo")], numbered(1), { returnRoute: parseRoute("me => x") });
    expect(answers).toEqual(["0#echo", "0#echo"]);
  });

  test("forwards exactly the message", () => {
    const router = new Router();
    const received: Message[] = [];
    router.start((message) => void received.push(message), { address: "sink" });
    const me = router.start(() => {}, { address: "me" });
    const message = new Message([at("sink")], parseRoute("x => y"), numbered(1));
    void me.forward(message);
    expect(received).toEqual([message]);
  });

  test("errors of the sender are thrown", async () => {
    const router = new Router();
    const me = router.start(() => {});
    expect(() => me.send([], numbered(1))).toThrow(code("INCOMPLETE_ROUTE"));
    expect(() => me.send([at("nobody")], numbered(1))).toThrow(code("UNKNOWN_ADDRESS"));
    expect(() => me.send([new Address(1, "127.0.0.1:1")], numbered(1))).toThrow(code("UNKNOWN_ADDRESS"));
    expect(() => me.send([me.address], numbered(1), { from: at("other") })).toThrow(code("UNKNOWN_SOURCE"));
    expect(() => router.send(at("other"), new Message([me.address], [], numbered(1)))).toThrow(
      code("UNKNOWN_SOURCE"),
    );
    router.start(() => {}, { address: "sink" });
    await me.stop();
    expect(() => me.send([at("sink")], numbered(1))).toThrow(code("UNKNOWN_SOURCE"));
  });

  test("a worker that belongs to somebody else is no source, even if it exists", () => {
    const router = new Router();
    router.start(() => {}, { address: "other" });
    const me = router.start(() => {});
    expect(() => me.send([me.address], numbered(1), { from: at("other") })).toThrow(code("UNKNOWN_SOURCE"));
  });

  test("the source is the router's word, and that of a waiting message does not change", async () => {
    const router = new Router();
    const gate = deferred<void>();
    const sources: string[] = [];
    router.start(
      async (message) => {
        sources.push(String(message.source));
        await gate.promise;
      },
      { address: "slow" },
    );
    const [a, b] = ["a", "b"].map((name) => router.start(() => {}, { address: name }));
    const message = new Message([at("slow")], [], numbered(1));
    message.source = at("forged");
    void a!.forward(message);
    void b!.forward(message);
    void a!.forward(message);
    gate.resolve();
    await pause();
    expect(sources).toEqual(["0#a", "0#b", "0#a"]);
  });
});

describe("a worker", () => {
  test("handles one message at a time, in order", async () => {
    const router = new Router();
    const events: string[] = [];
    router.start(
      async ({ payload }) => {
        events.push(`begin ${payload[0]}`);
        await Promise.resolve();
        if (payload[0] === 1) await pause();
        events.push(`end ${payload[0]}`);
      },
      { address: "worker" },
    );
    const me = router.start(() => {});
    for (const number of [1, 2, 3]) void me.send([at("worker")], numbered(number));
    expect(events).toEqual(["begin 1"]);
    await pause();
    await pause();
    expect(events).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  test("that sends to itself gets the message when it is done", () => {
    const router = new Router();
    const events: string[] = [];
    const self = router.start((message, context) => {
      const number = message.payload[0]!;
      events.push(`begin ${number}`);
      if (number < 3) void context.send([context.address], numbered(number + 1));
      events.push(`end ${number}`);
    });
    void self.send([self.address], numbered(1));
    expect(events).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  test("that is behind asks its senders to wait, until there is room", async () => {
    const router = new Router();
    let gate = deferred<void>();
    let handled = 0;
    router.start(
      async () => {
        handled += 1;
        await gate.promise;
      },
      { address: "slow" },
    );
    const me = router.start(() => {});
    const send = (): void | Promise<void> => me.send([at("slow")], numbered(1));
    for (let i = 0; i < WORKER_QUEUE_CAPACITY; i++) expect(send()).toBeUndefined();
    const full = send();
    expect(full).toBeInstanceOf(Promise);
    let roomy = false;
    const waited = Promise.resolve(full).then(() => {
      roomy = true;
    });
    await pause();
    expect(roomy).toBe(false);
    expect(handled).toBe(1);
    const before = gate;
    gate = deferred<void>();
    before.resolve();
    await waited;
    expect(handled).toBe(2);
    gate.resolve();
  });

  test("passes back-pressure on by returning the promise of a send", async () => {
    const router = new Router();
    const gate = deferred<void>();
    let count = 0;
    router.start(
      async () => {
        count += 1;
        await gate.promise;
      },
      { address: "slow" },
    );
    router.start((message, context) => context.forward(message.rerouted([at("slow")], [])), {
      address: "middle",
    });
    const me = router.start(() => {});
    let answer: void | Promise<void> = undefined;
    let sent = 0;
    while (answer === undefined) {
      answer = me.send([at("middle")], numbered(1));
      sent += 1;
    }
    expect(sent).toBe(2 * WORKER_QUEUE_CAPACITY + 1);
    gate.resolve();
    await answer;
    await pause();
    expect(count).toBe(sent);
  });

  test("that fails is told to nobody, logged, and handles the next message", async () => {
    const { log, entries } = logged();
    const router = new Router({ log });
    const received: number[] = [];
    router.start(
      ({ payload }) => {
        received.push(payload[0]!);
        if (payload[0] === 1) throw new RangeError("now");
        if (payload[0] === 2) return Promise.reject(new RangeError("later"));
        return undefined;
      },
      { address: "worker" },
    );
    const me = router.start(() => {});
    for (const number of [1, 2, 3]) void me.send([at("worker")], numbered(number));
    await pause();
    expect(received).toEqual([1, 2, 3]);
    expect(entries.map(({ level, error }) => [level, String(error)])).toEqual([
      ["error", "RangeError: now"],
      ["error", "RangeError: later"],
    ]);
  });

  test("may return anything, as JavaScript allows", () => {
    const router = new Router();
    let count = 0;
    const me = router.start((() => ++count) as () => void);
    void me.send([me.address], numbered(1));
    void me.send([me.address], numbered(1));
    expect(count).toBe(2);
  });

  test("a long chain of workers does not exhaust the stack, and keeps its order", async () => {
    const router = new Router();
    const length = 50 * MAX_DELIVERY_DEPTH;
    const arrived: number[] = [];
    let deepest = 0;
    let depth = 0;
    for (let i = 0; i < length; i++) {
      router.start(
        (message, context) => {
          depth += 1;
          deepest = Math.max(deepest, depth);
          if (i + 1 === length) arrived.push(message.payload[0]!);
          else void context.forward(message.rerouted([at(`link${i + 1}`)], []));
          depth -= 1;
        },
        { address: `link${i}` },
      );
    }
    const me = router.start(() => {});
    for (const number of [1, 2, 3]) void me.send([at("link0")], numbered(number));
    await pause();
    expect(arrived).toEqual([1, 2, 3]);
    expect(deepest).toBe(MAX_DELIVERY_DEPTH);
  });
});

describe("start", () => {
  test("an address can be used once, also as an additional one", () => {
    const router = new Router();
    router.start(() => {}, { address: "a", additional: [{ address: at("b") }] });
    for (const name of ["a", "b"]) {
      expect(() => router.start(() => {}, { address: name })).toThrow(code("ADDRESS_IN_USE"));
      expect(() => router.start(() => {}, { additional: [{ address: at(name) }] })).toThrow(
        code("ADDRESS_IN_USE"),
      );
    }
    expect(() => router.start(() => {}, { address: "c", additional: [{ address: at("c") }] })).toThrow(
      code("ADDRESS_IN_USE"),
    );
    expect(router.has(at("c"))).toBe(false);
    expect(router.addresses().map(String)).toEqual(["0#a"]);
  });

  test("a name is taken as it is", () => {
    const router = new Router();
    expect(router.start(() => {}, { address: "1#x#y" }).address.name).toBe("1#x#y");
  });

  test("only local addresses have workers", () => {
    expect(() => new Router().start(() => {}, { address: new Address(1, "host:1") })).toThrow(RangeError);
  });

  test("messages wait until a worker is initialized", async () => {
    const router = new Router();
    const ready = deferred<void>();
    const events: string[] = [];
    router.start(
      {
        initialize: async (context) => {
          events.push(`initialize ${String(context.address)}`);
          await ready.promise;
        },
        handleMessage: ({ payload }) => void events.push(`message ${payload[0]}`),
      },
      { address: "worker" },
    );
    const me = router.start(() => {});
    for (const number of [1, 2]) void me.send([at("worker")], numbered(number));
    await pause();
    expect(events).toEqual(["initialize 0#worker"]);
    ready.resolve();
    await pause();
    expect(events).toEqual(["initialize 0#worker", "message 1", "message 2"]);
  });

  test("a worker that cannot be initialized is stopped", async () => {
    const { log, entries } = logged();
    const router = new Router({ log });
    const events: string[] = [];
    const worker = { handleMessage: () => {}, shutdown: () => void events.push("shutdown") };
    expect(() => router.start({ ...worker, initialize: fail }, { address: "now" })).toThrow("no");
    router.start({ ...worker, initialize: async () => fail() }, { address: "later" });
    await pause();
    expect(router.addresses()).toEqual([]);
    expect(events).toEqual(["shutdown", "shutdown"]);
    expect(entries).toEqual([expect.objectContaining({ level: "error", error: new RangeError("no") })]);
  });
});

describe("several addresses", () => {
  test("lead to one worker, each with its own checks", () => {
    const { log, entries } = logged();
    const router = new Router({ log });
    const received: string[] = [];
    const worker = router.start((message) => void received.push(String(message.onwardRoute[0])), {
      address: "a",
      additional: [
        { address: at("b"), incoming: fromAddresses(at("friend")) },
        { address: at("c"), outgoing: toAddresses(at("me")) },
      ],
    });
    const answers: string[] = [];
    const me = router.start((message) => void answers.push(String(message.source)), { address: "me" });
    const friend = router.start(() => {}, { address: "friend" });
    for (const name of ["a", "b", "c"]) void me.send([at(name)], numbered(1));
    void friend.send([at("b")], numbered(1));
    expect(received).toEqual(["0#a", "0#c", "0#b"]);
    void worker.send([at("me")], numbered(1), { from: at("c") });
    void worker.send([at("friend")], numbered(1), { from: at("c") });
    expect(answers).toEqual(["0#c"]);
    expect(entries.map(({ level }) => level)).toEqual(["warn", "warn"]);
    expect(router.mailbox(at("b"))?.address.name).toBe("b");
    expect(router.mailbox(at("d"))).toBeUndefined();
  });
});

describe("checks that take time", () => {
  /** Allows odd numbers; the even ones take no time. */
  const slow: AccessControl = {
    isAuthorized: async ({ payload }) => {
      await pause();
      return payload[0]! % 2 === 1;
    },
  };
  const first: AccessControl = {
    isAuthorized: (message) =>
      message.payload[0] === 1 ? slow.isAuthorized(message) : message.payload[0] !== 2,
  };

  test.each([slow, first])("of incoming messages keep the order", async (check) => {
    const router = new Router();
    const received: number[] = [];
    router.start((message) => void received.push(message.payload[0]!), {
      address: "worker",
      mailbox: { incoming: check },
    });
    const me = router.start(() => {});
    for (const number of [1, 2, 3]) void me.send([at("worker")], numbered(number));
    for (let i = 0; i < 5; i++) await pause();
    expect(received).toEqual([1, 3]);
  });

  test.each([slow, first])("of outgoing messages keep the order", async (check) => {
    const router = new Router();
    const received: number[] = [];
    router.start((message) => void received.push(message.payload[0]!), { address: "worker" });
    const me = router.start(() => {}, { mailbox: { outgoing: check } });
    await Promise.all([1, 2, 3].map(async (number) => me.send([at("worker")], numbered(number))));
    void me.send([at("worker")], numbered(5));
    await pause();
    await pause();
    expect(received).toEqual([1, 3, 5]);
  });

  test("of outgoing messages keep the order also when the first one was quick", async () => {
    const router = new Router();
    const received: number[] = [];
    const answers = [deferred<boolean>(), deferred<boolean>()];
    router.start((message) => void received.push(message.payload[0]!), { address: "worker" });
    const me = router.start(() => {}, {
      mailbox: { outgoing: { isAuthorized: ({ payload }) => answers[payload[0]!]?.promise ?? true } },
    });
    for (const number of [0, 1]) void me.send([at("worker")], numbered(number));
    answers[0]!.resolve(true);
    await pause();
    void me.send([at("worker")], numbered(2));
    answers[1]!.resolve(true);
    await pause();
    expect(received).toEqual([0, 1, 2]);
  });

  test("of incoming messages let nothing through to a worker that was stopped meanwhile", async () => {
    const router = new Router();
    const answer = deferred<boolean>();
    let count = 0;
    const worker = router.start(() => void (count += 1), {
      mailbox: { incoming: { isAuthorized: () => answer.promise } },
    });
    void router.start(() => {}).send([worker.address], numbered(1));
    await worker.stop();
    answer.resolve(true);
    await pause();
    expect(count).toBe(0);
  });

  test("that fail refuse, and are logged", async () => {
    const { log, entries } = logged();
    const router = new Router({ log });
    const failing: AccessControl = {
      isAuthorized: ({ payload }) => {
        if (payload[0] === 1) throw new RangeError("now");
        return Promise.reject(new RangeError("later"));
      },
    };
    let count = 0;
    router.start(() => void count++, { address: "in", mailbox: { incoming: failing } });
    router.start(() => void count++, { address: "sink" });
    const me = router.start(() => {});
    const out = router.start(() => {}, { mailbox: { outgoing: failing } });
    for (const number of [1, 2]) {
      void me.send([at("in")], numbered(number));
      void out.send([at("sink")], numbered(number));
    }
    await pause();
    expect(count).toBe(0);
    expect(entries.filter(({ level }) => level === "error").map(({ error }) => String(error))).toEqual(
      expect.arrayContaining(["RangeError: now", "RangeError: later"]),
    );
  });

  test("a message whose receiver is gone when its check is done is lost, and logged", async () => {
    const { log, entries } = logged();
    const router = new Router({ log });
    const sink = router.start(() => {}, { address: "sink" });
    const me = router.start(() => {}, { mailbox: { outgoing: slow } });
    const sent = me.send([at("sink")], numbered(1));
    await sink.stop();
    await sent;
    expect(entries).toEqual([expect.objectContaining({ error: code("UNKNOWN_ADDRESS") })]);
  });
});

describe("stop", () => {
  test("frees all addresses at once, and flow control forgets them", async () => {
    const router = new Router();
    const worker = router.start(() => {}, { address: "a", additional: [{ address: at("b") }] });
    router.flowControls.addConsumer(at("a"), "F");
    router.flowControls.addProducer(at("b"), "G");
    const stopped = router.stop(at("b"));
    expect(worker.stopped).toBe(true);
    expect([router.has(at("a")), router.has(at("b"))]).toEqual([false, false]);
    expect(router.flowControls.isConsumer(at("a"), "F")).toBe(false);
    expect(router.flowControls.producerOf(at("b"))).toBeUndefined();
    router.start(() => {}, { address: "a" });
    await stopped;
    expect(router.has(at("a"))).toBe(true);
    await worker.stop();
    expect(router.has(at("a"))).toBe(true);
    await router.stop(at("nobody"));
  });

  test("drops what waits, and lets those who wait go on", async () => {
    const router = new Router();
    const gate = deferred<void>();
    const received: number[] = [];
    const slow = router.start(async ({ payload }) => {
      received.push(payload[0]!);
      await gate.promise;
    });
    const me = router.start(() => {});
    let answer: void | Promise<void> = undefined;
    for (let i = 0; i <= WORKER_QUEUE_CAPACITY; i++) answer = me.send([slow.address], numbered(i));
    expect(answer).toBeInstanceOf(Promise);
    await slow.stop();
    await answer;
    gate.resolve();
    await pause();
    expect(received).toEqual([0]);
  });

  test("a worker may stop itself, and wait for that", async () => {
    const router = new Router();
    const events: string[] = [];
    const worker = router.start({
      handleMessage: async (_, context) => {
        await context.stop();
        events.push("handled");
      },
      shutdown: async () => {
        await pause();
        events.push("shutdown");
      },
    });
    void worker.send([worker.address], numbered(1));
    await pause();
    await pause();
    await pause();
    expect(events).toEqual(["shutdown", "handled"]);
  });

  test("a worker may say goodbye while one that had its address before still does", async () => {
    const router = new Router();
    const gates = [deferred<void>(), deferred<void>()];
    const received: number[] = [];
    router.start((message) => void received.push(message.payload[0]!), { address: "sink" });
    const stopped = gates.map(({ promise }, number) => {
      const worker = router.start(
        {
          handleMessage: () => {},
          shutdown: async (context) => {
            await promise;
            await context.send([at("sink")], numbered(number));
          },
        },
        { address: "name" },
      );
      return worker.stop();
    });
    gates[0]!.resolve();
    await stopped[0];
    gates[1]!.resolve();
    await stopped[1];
    expect(received).toEqual([0, 1]);
  });

  test("a worker that is stopped before its initialize fails is shut down once", async () => {
    const router = new Router();
    const ready = deferred<void>();
    let count = 0;
    const worker = router.start({
      initialize: () => ready.promise,
      handleMessage: () => {},
      shutdown: () => void (count += 1),
    });
    await worker.stop();
    ready.reject(new RangeError("too late"));
    await pause();
    expect(count).toBe(1);
  });

  test("a stopped worker cannot speak for the one that has its address now", async () => {
    const router = new Router();
    const received: Message[] = [];
    router.start((message) => void received.push(message), { address: "sink" });
    const former = router.start(() => {}, {
      address: "name",
      mailbox: { outgoing: toAddresses(at("elsewhere")) },
    });
    await former.stop();
    router.start(() => {}, { address: "name" });
    expect(() => former.send([at("sink")], numbered(1))).toThrow(code("UNKNOWN_SOURCE"));
    expect(received).toEqual([]);
  });

  test("a worker may say goodbye", async () => {
    const router = new Router();
    const received: number[] = [];
    router.start((message) => void received.push(message.payload[0]!), { address: "sink" });
    const worker = router.start({
      handleMessage: () => {},
      shutdown: async (context) => {
        await pause();
        void context.send([at("sink")], numbered(9));
        expect(() => context.send([context.address], numbered(9))).toThrow(code("UNKNOWN_ADDRESS"));
      },
    });
    await worker.stop();
    expect(received).toEqual([9]);
    expect(() => worker.send([at("sink")], numbered(9))).toThrow(code("UNKNOWN_SOURCE"));
  });

  test("a shutdown that fails is logged, and the error of a message under way is not", async () => {
    const { log, entries } = logged();
    const router = new Router({ log });
    const gate = deferred<void>();
    const worker = router.start({
      handleMessage: () => gate.promise,
      shutdown: () => {
        gate.reject(new RangeError("ended"));
        throw new RangeError("shutdown");
      },
    });
    void worker.send([worker.address], numbered(1));
    await worker.stop();
    await pause();
    expect(entries.map(({ error }) => String(error))).toEqual(["RangeError: shutdown"]);
  });
});

describe("close", () => {
  test("stops all workers, the last one first, and starts no more", async () => {
    const events: string[] = [];
    const starts: Context[] = [];
    {
      await using router = new Router();
      for (const name of ["first", "second", "third"]) {
        const shutdown = async (): Promise<void> => {
          await Promise.resolve();
          events.push(name);
        };
        starts.push(router.start({ handleMessage: () => {}, shutdown }, { address: name }));
      }
      await router.stop(at("second"));
    }
    expect(events).toEqual(["second", "third", "first"]);
    expect(starts.every((context) => context.stopped)).toBe(true);
    expect(() => starts[0]!.router.start(() => {})).toThrow(code("CLOSED"));
  });
});
