import type { Style } from "./style.ts";

/** How long each frame is shown, ms. What ends sooner shows none. */
const FRAME_INTERVAL = 80;
const CLEAR_LINE = "\r\u001b[K";

/** What a spinner is drawn on. */
export interface SpinnerStream {
  readonly columns?: number;
  write(text: string): unknown;
}

/** A line that moves while something is under way, and leaves nothing behind. */
export class Spinner implements Disposable {
  readonly #stream: SpinnerStream;
  readonly #text: string;
  readonly #style: Style;
  readonly #timer: NodeJS.Timeout;
  #frame = 0;
  #isDrawn = false;

  constructor(stream: SpinnerStream, style: Style, text: string) {
    this.#stream = stream;
    this.#style = style;
    this.#text = text;
    this.#timer = setInterval(() => this.#draw(), FRAME_INTERVAL).unref();
  }

  /** Makes room for something else to be written; the next frame is below it. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write(CLEAR_LINE);
    this.#isDrawn = false;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    const { spinner } = this.#style.glyphs;
    const mark = spinner[this.#frame++ % spinner.length]!;
    // A line that wraps could not be cleared.
    const room = (this.#stream.columns || 80) - "  ⠋ ".length - 1;
    this.#stream.write(`${CLEAR_LINE}  ${this.#style.busy(mark)} ${this.#text.slice(0, room)}`);
    this.#isDrawn = true;
  }
}
