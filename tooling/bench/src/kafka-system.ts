import type { Measurable } from "./run-options.ts";

/** One of the ways from Kafka's clients to a broker that are compared. */
export interface KafkaSystem extends Measurable {
  /** Starts fresh processes that lead to the broker at a port of this machine. */
  start(broker: number): Promise<RunningKafkaSystem>;
}

/** A started way. Clients get `host:port`. */
export interface RunningKafkaSystem extends AsyncDisposable {
  readonly producers: string;
  readonly consumers: string;
  /** The processes that do its work; none when clients ask the broker itself. */
  processes(): readonly number[];
}

/** No portal: clients at the broker. What all others are divided by. */
export const directSystem: KafkaSystem = {
  name: "no-portal",
  missing: () => Promise.resolve(undefined),
  start: (broker) => {
    const address = `127.0.0.1:${broker}`;
    return Promise.resolve({
      producers: address,
      consumers: address,
      processes: () => [],
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};
