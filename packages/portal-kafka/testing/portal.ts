import { Router } from "@ockam/core-routing";
import type { LogEntry } from "@ockam/codec";

import { createKafkaInlet } from "../src/kafka-inlet.ts";
import type { KafkaInlet, KafkaInletOptions } from "../src/kafka-inlet.ts";
import { createKafkaOutlet } from "../src/kafka-outlet.ts";
import type { KafkaOutlet, KafkaOutletOptions } from "../src/kafka-outlet.ts";
import { ReadingPatience } from "../src/reading-patience.ts";
import { WHOLE_VALUE } from "../src/value-protection.ts";
import { FakeBroker } from "./fake-broker.ts";
import { RawClient } from "./raw-client.ts";
import { TestCipher } from "./test-cipher.ts";

/** A broker, an outlet and an inlet on one node. */
export class Portal implements AsyncDisposable {
  readonly router = new Router();
  readonly entries: LogEntry[] = [];
  readonly cipher = new TestCipher();
  readonly broker: FakeBroker;
  outlet: KafkaOutlet;
  readonly #clients: RawClient[] = [];
  #inlets: KafkaInlet[] = [];

  private constructor(broker: FakeBroker, options: Partial<KafkaOutletOptions>) {
    this.broker = broker;
    this.outlet = this.startOutlet(options);
  }

  static async create(options: Partial<KafkaOutletOptions> = {}): Promise<Portal> {
    return new Portal(await FakeBroker.start(), options);
  }

  startOutlet(options: Partial<KafkaOutletOptions> = {}): KafkaOutlet {
    this.outlet = createKafkaOutlet(this.router, {
      bootstrapServer: this.broker.address,
      dangerouslyAllowUnauthenticatedRemotePeers: true,
      log: (entry) => void this.entries.push(entry),
      ...options,
    });
    return this.outlet;
  }

  async startInlet(options: Partial<KafkaInletOptions> = {}): Promise<KafkaInlet> {
    const inlet = await createKafkaInlet(this.router, {
      from: 0,
      route: [],
      encryption: { cipher: this.cipher, protection: WHOLE_VALUE, patience: new ReadingPatience() },
      log: (entry) => void this.entries.push(entry),
      ...options,
    });
    this.#inlets.push(inlet);
    return inlet;
  }

  async connect(address: string): Promise<RawClient> {
    const client = await RawClient.connect(address);
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.broker[Symbol.asyncDispose]();
    for (const inlet of this.#inlets) await inlet.close();
    await this.outlet.close();
    await this.router.close();
  }
}
