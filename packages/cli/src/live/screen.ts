import type { Readable, Writable } from "node:stream";

import type { Style } from "../style.ts";

/** What a screen is made of. */
export interface ScreenOptions {
  readonly stdout: Writable & { readonly columns?: number; readonly rows?: number };
  /** Where keys come from, when it is a terminal; undefined: nobody is listened to. */
  readonly stdin: (Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown }) | undefined;
  readonly style: Style;
}

/** How large a terminal is, in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The size of a terminal that does not tell. */
const USUAL_SIZE: ScreenSize = { columns: 80, rows: 24 };

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** Takes a terminal over; what it showed is there again when the screen is disposed of. */
export function openScreen(options: ScreenOptions): Screen {
  return new Screen(options);
}

/** A terminal that is drawn on. Each frame is written over the one before in one piece, so that nothing flickers. */
export class Screen implements Disposable {
  readonly style: Style;
  /** Whether keys are heard of. */
  readonly hasKeys: boolean;
  readonly #options: ScreenOptions;
  readonly #undo: (() => void)[] = [];
  #frame = "";

  constructor(options: ScreenOptions) {
    const { stdin, stdout, style } = options;
    this.style = style;
    this.#options = options;
    stdout.write(ENTER);
    this.#undo.push(() => stdout.write(LEAVE));
    this.hasKeys = stdin?.isTTY === true && stdin.setRawMode !== undefined;
    if (stdin === undefined || !this.hasKeys) return;
    stdin.setRawMode?.(true);
    this.#undo.push(() => {
      stdin.pause();
      stdin.setRawMode?.(false);
    });
  }

  /** The size at present. */
  get size(): ScreenSize {
    const { columns, rows } = this.#options.stdout;
    return { columns: columns || USUAL_SIZE.columns, rows: rows || USUAL_SIZE.rows };
  }

  /** Shows these lines, which fit, and nothing else. A terminal that is behind is spared the frame. */
  draw(lines: readonly string[]): void {
    const { stdout } = this.#options;
    const frame = HOME + lines.map((line) => line + CLEAR_LINE).join("\r\n") + CLEAR_BELOW;
    if (frame === this.#frame || stdout.writableNeedDrain) return;
    this.#frame = frame;
    stdout.write(frame);
  }

  /** Calls `listener` with each piece of what is typed, until the screen is disposed of. */
  onKey(listener: (keys: string) => void): void {
    const { stdin } = this.#options;
    if (stdin === undefined || !this.hasKeys) return;
    const onData = (data: Buffer | string): void => listener(data.toString());
    stdin.on("data", onData);
    this.#undo.push(() => stdin.removeListener("data", onData));
  }

  /** Calls `listener` when the size has changed, until the screen is disposed of. */
  onResize(listener: () => void): void {
    const { stdout } = this.#options;
    const onResize = (): void => {
      // What is left of the frame is not where it was.
      this.#frame = "";
      listener();
    };
    stdout.on("resize", onResize);
    this.#undo.push(() => stdout.removeListener("resize", onResize));
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo.splice(0).toReversed()) undo();
  }
}
