import { Writable } from "node:stream";

/** A stream that keeps what is written to it as text; by default it looks like a pipe. */
export class CollectedText extends Writable {
  text = "";
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
