import { emitKeypressEvents, type Key } from "node:readline";
import type { Readable } from "node:stream";

import { cancelled, type Dialogue } from "./confirmation.ts";
import type { Style } from "./style.ts";

/** What somebody is to choose from, in a terminal. */
export interface SelectionOptions {
  readonly question: string;
  /** At least one. */
  readonly items: readonly string[];
  /** Whether several can be chosen, with the space bar. */
  readonly several: boolean;
  /** Where the mark is at first. */
  readonly initial?: string | undefined;
  readonly dialogue: Dialogue;
  readonly style: Style;
}

/** Lines that a list has at most, unless the terminal is lower. */
const MAX_LINES = 10;
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/**
 * Lets somebody choose with the arrow keys and Enter, and returns what was chosen. The list then gives way to one line.
 * @throws OckamError OCKAM_CLI_CANCELLED after Ctrl-C, Ctrl-D or Esc; the reason of the dialogue's signal
 */
export function select(options: SelectionOptions): Promise<readonly string[]> {
  return new Selection(options).run();
}

interface KeyboardInput extends Readable {
  setRawMode?(on: boolean): unknown;
}

class Selection {
  readonly #options: SelectionOptions;
  readonly #input: KeyboardInput;
  readonly #chosen = new Set<string>();
  #at: number;
  /** Lines on the screen. */
  #drawn = 0;

  constructor(options: SelectionOptions) {
    this.#options = options;
    this.#input = options.dialogue.input;
    this.#at = Math.max(0, options.items.indexOf(options.initial ?? ""));
  }

  async run(): Promise<readonly string[]> {
    const { output } = this.#options.dialogue;
    this.#input.setRawMode?.(true);
    output.write(HIDE_CURSOR);
    this.#draw(this.#list());
    try {
      const answer = await this.#answer();
      this.#draw([`${this.#heading()} ${this.#options.style.name(answer.join(", "))}`]);
      return answer;
    } catch (error) {
      this.#draw([this.#heading()]);
      throw error;
    } finally {
      this.#input.setRawMode?.(false);
      output.write(SHOW_CURSOR);
    }
  }

  #answer(): Promise<readonly string[]> {
    const { signal } = this.#options.dialogue;
    emitKeypressEvents(this.#input);
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        // At once: what is typed next may be for another question.
        this.#input.removeListener("keypress", onKey).removeListener("end", onEnd).pause();
        signal?.removeEventListener("abort", onAbort);
        finish();
      };
      const onEnd = (): void => settle(() => reject(cancelled()));
      const onAbort = (): void => settle(() => reject(signal?.reason));
      const onKey = (_text: string | undefined, key: Key): void => {
        if (isCancelling(key)) onEnd();
        else if (!isAccepting(key)) this.#move(key);
        else if (this.#accepted().length > 0) settle(() => resolve(this.#accepted()));
      };
      this.#input.on("keypress", onKey).on("end", onEnd).resume();
      signal?.addEventListener("abort", onAbort);
    });
  }

  /** What Enter chooses: of several nothing that the space bar has not. */
  #accepted(): readonly string[] {
    const { items, several } = this.#options;
    return several ? items.filter((item) => this.#chosen.has(item)) : [items[this.#at]!];
  }

  #move({ name }: Key): void {
    const { items, several } = this.#options;
    if (name === "up" || name === "k") this.#at = (this.#at + items.length - 1) % items.length;
    if (name === "down" || name === "j") this.#at = (this.#at + 1) % items.length;
    if (name === "home") this.#at = 0;
    if (name === "end") this.#at = items.length - 1;
    if (several && name === "space") this.#toggle(items[this.#at]!);
    this.#draw(this.#list());
  }

  #toggle(item: string): void {
    if (!this.#chosen.delete(item)) this.#chosen.add(item);
  }

  #heading(): string {
    return this.#options.style.info(this.#options.question);
  }

  #list(): readonly string[] {
    const { dialogue, items, several, style } = this.#options;
    const height = Math.max(1, Math.min(MAX_LINES, (dialogue.output.rows || 24) - 3));
    const first = Math.max(0, Math.min(this.#at - Math.floor(height / 2), items.length - height));
    const { chosen, marked, notChosen, notMarked, pointer, upAndDown } = style.glyphs;
    const room = (dialogue.output.columns || 80) - `  | > ${chosen} `.length - 1;
    const keys = several ? "space to choose, Enter when done" : "Enter to choose";
    const rows = items.slice(first, first + height).map((item, index) => {
      const isHere = first + index === this.#at;
      const ofSeveral = this.#chosen.has(item) ? chosen : notChosen;
      const mark = several ? ofSeveral : isHere ? marked : notMarked;
      const line = `${mark} ${item.slice(0, room)}`;
      return style.row(`${isHere ? pointer : " "} ${isHere ? style.name(line) : line}`);
    });
    const more = items.length > height ? `, ${items.length} in all` : "";
    return [this.#heading(), ...rows, style.dim(`    ${upAndDown} to move, ${keys}${more}`)];
  }

  #draw(lines: readonly string[]): void {
    const up = this.#drawn === 0 ? "" : `\u001b[${this.#drawn}A`;
    this.#options.dialogue.output.write(`${up}\r\u001b[J${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }
}

function isCancelling({ ctrl, name }: Key): boolean {
  return name === "escape" || (ctrl === true && (name === "c" || name === "d"));
}

function isAccepting({ name }: Key): boolean {
  return name === "return" || name === "enter";
}
