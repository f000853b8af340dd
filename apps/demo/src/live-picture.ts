import { setTimeout as sleep } from "node:timers/promises";

import type { OpenPortal } from "./demonstration.ts";
import { bytes } from "./story.ts";

const INTERVAL = 500;
const HISTORY = 40;
const BARS = " ▁▂▃▄▅▆▇█";
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_BELOW = "\u001b[J";

/** Where the picture is drawn: `process.stdout` is one. */
interface Screen {
  readonly columns?: number;
  write(text: string): unknown;
}

/** A picture of the portal that stays up to date on a terminal: connections, bytes each way, and their rates. */
export class LivePicture {
  readonly #portal: OpenPortal;
  readonly #output: Screen;
  readonly #forth: number[] = [];
  readonly #back: number[] = [];
  #lastForth: number;
  #lastBack: number;

  constructor(portal: OpenPortal, output: Screen) {
    this.#portal = portal;
    this.#output = output;
    this.#lastForth = portal.inside.forth.bytes;
    this.#lastBack = portal.inside.back.bytes;
  }

  /** Draws until `signal` aborts. */
  async show(signal: AbortSignal): Promise<void> {
    this.#output.write(`  Try it yourself, from another terminal:\n\n  ${this.#psql()}\n\n${HIDE_CURSOR}`);
    try {
      for (let lines = this.#draw(); !signal.aborted; lines = this.#draw()) {
        await sleep(INTERVAL, undefined, { signal }).catch(() => {});
        if (!signal.aborted) this.#output.write(`\u001b[${this.#rowsOf(lines)}A\r${CLEAR_BELOW}`);
        this.#sample();
        if (signal.aborted) break;
      }
    } finally {
      this.#output.write(`${SHOW_CURSOR}\n`);
    }
  }

  /** How many rows the lines take now: a terminal that has become narrower has wrapped them. */
  #rowsOf(lines: readonly string[]): number {
    const { columns = Infinity } = this.#output;
    return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);
  }

  #draw(): readonly string[] {
    const { wire, inside } = this.#portal;
    const dots = "●".repeat(Math.min(inside.open, 20)).padEnd(20, "·");
    const lines = [
      `  SQL clients        ${dots} ${inside.open} open, ${inside.total} so far`,
      `  to the database    ${bytes(inside.forth.bytes, 11)}  ${sparkline(this.#forth)}`,
      `  from the database  ${bytes(inside.back.bytes, 11)}  ${sparkline(this.#back)}`,
      `  canaries           ${wire.found} of 2 at the relay, ${inside.found} of 2 beside the database`,
      "",
      "  Ctrl-C stops the nodes and leaves nothing behind.",
    ];
    this.#output.write(`${lines.join("\n")}\n`);
    return lines;
  }

  #sample(): void {
    const { forth, back } = this.#portal.inside;
    push(this.#forth, forth.bytes - this.#lastForth);
    push(this.#back, back.bytes - this.#lastBack);
    this.#lastForth = forth.bytes;
    this.#lastBack = back.bytes;
  }

  #psql(): string {
    return `psql -h 127.0.0.1 -p ${this.#portal.port} -U postgres postgres -c 'SELECT * FROM accounts'`;
  }
}

function push(history: number[], value: number): void {
  history.push(value);
  if (history.length > HISTORY) history.shift();
}

function sparkline(history: readonly number[]): string {
  return history.map(bar).join("");
}

// Logarithmic: a ping and a large answer both show.
function bar(value: number): string {
  return BARS[Math.min(BARS.length - 1, Math.round(Math.log2(1 + value) / 3))] ?? "";
}
