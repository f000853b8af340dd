import { silentLog, zeroBytes } from "@ockam/codec";
import type { Log, LogLevel } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import type { ExchangedKey } from "@ockam/secure-channel";

import { KeyQuota } from "./key-quota.ts";

/** Whose keys are taken. */
export interface KeyIntakeOptions {
  readonly mayProduce: (producer: Identifier) => boolean | Promise<boolean>;
  readonly log?: Log;
  /** ms; for tests. */
  readonly now?: () => number;
}

/** Decides which of the keys that peers agree on are kept: nobody else gets to fill the storage. */
export class KeyIntake {
  readonly #keep: (key: ExchangedKey) => Promise<void>;
  readonly #options: KeyIntakeOptions;
  readonly #quota: KeyQuota;
  readonly #underWay = new Set<Promise<boolean>>();

  constructor(keep: (key: ExchangedKey) => Promise<void>, options: KeyIntakeOptions) {
    this.#keep = keep;
    this.#options = options;
    this.#quota = new KeyQuota(options.now);
  }

  /** Whether the key is kept; its secret is overwritten. Failures are logged: the peer is not told in any case. */
  take(key: ExchangedKey): Promise<boolean> {
    const taking = this.#take(key).finally(() => this.#underWay.delete(taking));
    this.#underWay.add(taking);
    return taking;
  }

  /** Resolves when nothing is being stored. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #take(key: ExchangedKey): Promise<boolean> {
    const { peer, secret } = key;
    try {
      // The credentials that the peer presented in the handshake are known by now.
      const refusal = await this.#refusal(peer);
      if (refusal !== undefined) {
        this.#report("warn", refusal, peer);
        return false;
      }
      await this.#keep(key);
      return true;
    } catch (error) {
      this.#report("error", "a key is lost when this process ends, as it cannot be stored", peer, error);
      return false;
    } finally {
      zeroBytes(secret);
    }
  }

  async #refusal(peer: Identifier): Promise<string | undefined> {
    if (!(await this.#isAllowed(peer))) return "the policy does not let this producer produce";
    return this.#quota.take(peer) ? undefined : "the producer agrees on too many keys";
  }

  async #isAllowed(peer: Identifier): Promise<boolean> {
    try {
      return await this.#options.mayProduce(peer);
    } catch (error) {
      this.#report("error", "the policy for producers failed", peer, error);
      return false;
    }
  }

  #report(level: LogLevel, message: string, peer: Identifier, error?: unknown): void {
    const log = this.#options.log ?? silentLog;
    log({ level, area: "portal-kafka", message: `${message} (${peer.toString()})`, error });
  }
}
