import type { RecordSealer } from "./record-cipher.ts";

/**
 * How long a request waits for keys to be agreed on, ms. Then the partitions without are answered with an error that
 * makes the producer try again, so that no topic waits long for another one.
 */
export const KEY_PATIENCE = 1000;

/**
 * How long requests of one connection have waited for keys. Requests wait one behind the other: an agreement that one of them waited for
 * in vain holds up none of those behind it.
 */
export class KeyWaits {
  /** By the place of a partition, until when its agreement is waited for, ms. */
  readonly #until = new Map<string, number>();

  /** The sealer, or undefined when it is not there in time; the agreement on keys goes on. */
  async wait(
    place: string,
    sealer: RecordSealer | Promise<RecordSealer>,
    patience: number = KEY_PATIENCE,
  ): Promise<RecordSealer | undefined> {
    if (!(sealer instanceof Promise)) return sealer;
    const now = performance.now();
    const until = this.#until.get(place) ?? now + patience;
    this.#until.set(place, until);
    const end = (): void => void this.#until.delete(place);
    // Nobody else may be waiting for it when it fails later.
    sealer.then(end, end);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), Math.max(0, until - now));
    });
    try {
      return await Promise.race([sealer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
