import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

import {
  decodeRecordSet,
  decodeRequest,
  decodeResponse,
  encodeRecordSet,
  encodeRequest,
  encodeResponse,
  FrameDecoder,
  framePrefix,
  peekCorrelationId,
  peekRequest,
} from "@ockam/kafka-protocol";
import type { KafkaRecord, KafkaRequest, KafkaResponse, RecordSet } from "@ockam/kafka-protocol";

/** Where a record lies. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** What happens to records on the way; what is not there is done honestly. */
export interface Mischief {
  /** A record that a client produces, before the broker gets it. */
  readonly produced?: (place: Place, record: KafkaRecord) => KafkaRecord;
  /** Records that the broker serves, before a client gets them. */
  readonly fetched?: (place: Place, records: readonly KafkaRecord[]) => readonly KafkaRecord[];
  /** The bytes of the batches that the broker serves; after {@link fetched}. */
  readonly bytes?: (place: Place, bytes: Uint8Array) => Uint8Array;
}

/** A broker whose operator does to records what a test tells it: it stands in front of a real one, whose address it takes. */
export class MaliciousBroker implements AsyncDisposable {
  readonly port: number;
  /** What happens from now on. */
  mischief: Mischief = {};
  /** How many Produce requests and Fetch responses were not passed on as they were. */
  meddled = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #topics = new Map<string, string>();
  #brokerPort = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client) => this.#serve(client));
  }

  /** The real broker needs its port, to tell it to clients; {@link lead} follows. */
  static async listen(): Promise<MaliciousBroker> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new MaliciousBroker(server);
  }

  /** Says where the real broker is. */
  lead(brokerPort: number): void {
    this.#brokerPort = brokerPort;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(client: Socket): void {
    const broker = connect(this.#brokerPort, "127.0.0.1");
    const asked = new Map<number, (message: Uint8Array) => Uint8Array>();
    this.#pipe(client, broker, (message) => {
      const { apiKey, correlationId } = peekRequest(message);
      if (apiKey === PRODUCE) return this.#onProduce(message);
      if (apiKey === FETCH || apiKey === METADATA) {
        const request = decodeRequest(message);
        asked.set(correlationId, (response) => this.#onResponse(request, response));
      }
      return message;
    });
    this.#pipe(broker, client, (message) => {
      const id = peekCorrelationId(message);
      const answer = asked.get(id);
      asked.delete(id);
      return answer === undefined ? message : answer(message);
    });
  }

  #pipe(from: Socket, to: Socket, change: (message: Uint8Array) => Uint8Array): void {
    this.#sockets.add(from);
    const decoder = new FrameDecoder();
    from.on("data", (chunk: Buffer) => {
      for (const message of decoder.push(chunk)) {
        const changed = change(message);
        to.write(framePrefix(changed.length));
        to.write(changed);
      }
    });
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  #onProduce(message: Uint8Array): Uint8Array {
    const { produced } = this.mischief;
    if (produced === undefined) return message;
    const request = decodeRequest(message) as KafkaRequest<"Produce">;
    const topicData = request.body.topicData.map((topic) => ({
      ...topic,
      partitionData: topic.partitionData.map((data) => {
        if (data.records === null) return data;
        const place = { topic: this.#nameOf(topic.name, topic.topicId), partition: data.index };
        return {
          ...data,
          records: rewritten(data.records, (records) => records.map((r) => produced(place, r))),
        };
      }),
    }));
    return this.#meddled(encodeRequest({ ...request, body: { ...request.body, topicData } }));
  }

  #onResponse({ api, version }: KafkaRequest, message: Uint8Array): Uint8Array {
    if (api === "Metadata") {
      for (const { name, topicId } of decodeResponse("Metadata", version, message).body.topics) {
        if (name !== null) this.#topics.set(topicId, name);
      }
      return message;
    }
    const { bytes = unchanged, fetched } = this.mischief;
    if (fetched === undefined && bytes === unchanged) return message;
    const response: KafkaResponse<"Fetch"> = decodeResponse("Fetch", version, message);
    const responses = response.body.responses.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((data) => {
        if (data.records === null || data.records.length === 0) return data;
        const place = { topic: this.#nameOf(topic.topic, topic.topicId), partition: data.partitionIndex };
        const records =
          fetched === undefined ? data.records : rewritten(data.records, (list) => fetched(place, list));
        return { ...data, records: bytes(place, records) };
      }),
    }));
    return this.#meddled(encodeResponse({ ...response, body: { ...response.body, responses } }));
  }

  #meddled(message: Uint8Array): Uint8Array {
    this.meddled++;
    return message;
  }

  #nameOf(name: string, id: string): string {
    return name || (this.#topics.get(id) ?? "");
  }
}

const PRODUCE = 0;
const FETCH = 1;
const METADATA = 3;

function unchanged(_: Place, bytes: Uint8Array): Uint8Array {
  return bytes;
}

/** The same batches with other records: whole checksums, as a broker that lies would send them. */
function rewritten(
  bytes: Uint8Array,
  change: (records: readonly KafkaRecord[]) => readonly KafkaRecord[],
): Uint8Array {
  const { batches, tail }: RecordSet = decodeRecordSet(bytes);
  return encodeRecordSet({
    batches: batches.map((batch) => {
      if (batch.magic !== 2 || batch.isControl) return batch;
      return batch.withRecords(change(batch.records()));
    }),
    tail,
  });
}
