// Hands messages to one worker, one at a time and in order. docs/protocol/routing.md, "Workers".
import type { Log } from "@ockam/codec";

import type { AccessControl } from "./access-control.ts";
import { allowAll } from "./access-control.ts";
import type { Message } from "./message.ts";
import type { Context, Mailbox, Worker } from "./worker.ts";

/** How many messages wait for one worker before those who send to it are asked to wait. */
export const WORKER_QUEUE_CAPACITY = 8;

/** How many workers call each other on one stack, by sending; a longer chain goes on in a microtask. */
export const MAX_DELIVERY_DEPTH = 64;

/** The deliveries that are on the stack now: shared by the workers of a router. */
export interface DeliveryStack {
  depth: number;
}

interface Waiting {
  readonly mailbox: Mailbox;
  readonly message: Message;
}

/**
 * The queue in front of one worker. An idle worker is called at once, on the sender's stack; one that is busy, because
 * it waits for something or because it is on that stack already, gets the message when it is done.
 */
export class WorkerQueue {
  readonly #worker: Worker;
  readonly #context: Context;
  readonly #stack: DeliveryStack;
  readonly #log: Log;
  #waiting: Waiting[] = [];
  /** Set while a message is handled, unless the worker is concurrent, and until it is initialized. */
  #busy = true;
  #closed = false;
  #room: Promise<void> | undefined;
  #resolveRoom: (() => void) | undefined;

  constructor(worker: Worker, context: Context, stack: DeliveryStack, log: Log) {
    this.#worker = worker;
    this.#context = context;
    this.#stack = stack;
    this.#log = log;
  }

  /** Delivers `message` to `mailbox`. A promise asks the sender to wait for room in the queue. */
  deliver(mailbox: Mailbox, message: Message): void | Promise<void> {
    if (this.#closed) return undefined;
    if (this.#worker.concurrent === true && !this.#busy) return this.#deliverAlone(mailbox, message);
    if (!this.#busy && this.#stack.depth < MAX_DELIVERY_DEPTH) {
      this.#busy = true;
      this.#proceed(this.#handle(mailbox, message));
      return undefined;
    }
    this.#waiting.push({ mailbox, message });
    if (!this.#busy) {
      this.#busy = true;
      queueMicrotask(() => this.#drain());
    }
    if (this.#waiting.length < WORKER_QUEUE_CAPACITY) return undefined;
    this.#room ??= new Promise((resolve) => {
      this.#resolveRoom = resolve;
    });
    return this.#room;
  }

  /** Begins to deliver: the worker is initialized. */
  open(): void {
    this.#drain();
  }

  /** Drops what waits, and everything that comes. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#makeRoom();
  }

  /** Beside all others: the promise is this sender's alone. */
  #deliverAlone(mailbox: Mailbox, message: Message): Promise<void> | undefined {
    if (this.#stack.depth < MAX_DELIVERY_DEPTH) return this.#handle(mailbox, message);
    return Promise.resolve().then(() => (this.#closed ? undefined : this.#handle(mailbox, message)));
  }

  #proceed(pending: Promise<void> | undefined): void {
    if (pending === undefined) this.#drain();
    else void pending.then(() => this.#drain());
  }

  #drain(): void {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#busy = false;
        return;
      }
      if (this.#room !== undefined && this.#waiting.length < WORKER_QUEUE_CAPACITY) this.#makeRoom();
      const pending = this.#handle(next.mailbox, next.message);
      if (pending !== undefined && this.#worker.concurrent !== true) {
        this.#proceed(pending);
        return;
      }
    }
  }

  #makeRoom(): void {
    this.#resolveRoom?.();
    this.#room = undefined;
    this.#resolveRoom = undefined;
  }

  /** Checks and handles one message. Never throws; a promise, which is never rejected, when that takes time. */
  #handle(mailbox: Mailbox, message: Message): Promise<void> | undefined {
    const check = mailbox.incoming;
    if (check === undefined || check === allowAll) return this.#call(message);
    const answer = isAllowed(check, message, (error) => this.#logFailure("an incoming check failed", error));
    if (typeof answer === "boolean") return this.#admit(answer, mailbox, message);
    return answer.then((late) => this.#admit(late, mailbox, message));
  }

  #admit(allowed: boolean, mailbox: Mailbox, message: Message): Promise<void> | undefined {
    if (this.#closed) return undefined;
    if (allowed) return this.#call(message);
    this.#log({
      level: "warn",
      area: "router",
      message: `message to ${String(mailbox.address)} from ${String(message.source)} refused by its incoming check`,
    });
    return undefined;
  }

  #call(message: Message): Promise<void> | undefined {
    this.#stack.depth += 1;
    try {
      const pending = this.#worker.handleMessage(message, this.#context);
      // A function that returns something else, which JavaScript allows, is done.
      if (typeof pending?.then !== "function") return undefined;
      return pending.then(undefined, (error: unknown) => this.#logHandler(error));
    } catch (error) {
      this.#logHandler(error);
      return undefined;
    } finally {
      this.#stack.depth -= 1;
    }
  }

  #logHandler(error: unknown): void {
    // What a stopped worker was still waiting for ends with an error as a rule.
    if (!this.#closed) this.#logFailure("a message could not be handled", error);
  }

  #logFailure(what: string, error: unknown): void {
    const message = `${String(this.#context.address)}: ${what}`;
    this.#log({ level: "error", area: "router", message, error });
  }
}

/** The answer of `check`; no when it fails, which `report` is told. */
export function isAllowed(
  check: AccessControl,
  message: Message,
  report: (error: unknown) => void,
): boolean | Promise<boolean> {
  const refuse = (error: unknown): boolean => {
    report(error);
    return false;
  };
  try {
    const answer = check.isAuthorized(message);
    return typeof answer === "boolean" ? answer : answer.then(undefined, refuse);
  } catch (error) {
    return refuse(error);
  }
}
