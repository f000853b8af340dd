import {
  decodeRecordSet,
  decodeResponse,
  encodeRequest,
  FrameDecoder,
  framePrefix,
  RecordBatch,
} from "@ockam/kafka-protocol";
import type { ApiName, KafkaRecord, KafkaResponse, RequestDraft } from "@ockam/kafka-protocol";
import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** A client that says what it is told to, well or badly. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly #frames = new EventEmitter();
  readonly #arrived: Uint8Array[] = [];
  /** Resolves when the connection has ended: "end", or the code of an error. */
  readonly ended: Promise<string>;
  #correlationId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new FrameDecoder();
    socket.on("data", (chunk: Uint8Array) => {
      const messages = decoder.push(chunk);
      this.#arrived.push(...messages);
      if (messages.length > 0) this.#frames.emit("frame");
    });
    this.ended = new Promise((resolve) => {
      socket.on("end", () => resolve("end"));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
      socket.on("close", () => resolve("close"));
    });
    void this.ended.then(() => this.#frames.emit("frame"));
  }

  /** With an `authority` (PEM), it speaks TLS. */
  static async connect(
    address: string,
    { authority }: { readonly authority?: string } = {},
  ): Promise<RawClient> {
    const port = Number(address.slice(address.lastIndexOf(":") + 1));
    const to = { port, host: "127.0.0.1", allowHalfOpen: true };
    const socket = authority === undefined ? connect(to) : connectTls({ ...to, ca: authority });
    const client = new RawClient(socket);
    await once(socket, authority === undefined ? "connect" : "secureConnect");
    return client;
  }

  /** Asks, and waits for the next response. */
  async ask<Api extends ApiName>(
    request: Omit<RequestDraft<Api>, "correlationId">,
  ): Promise<KafkaResponse<Api>> {
    const bytes = this.send(request);
    const response = await this.next();
    return decodeResponse(request.api, bytes.version, response);
  }

  /** Only asks. */
  send<Api extends ApiName>(request: Omit<RequestDraft<Api>, "correlationId">): { readonly version: number } {
    const draft = { ...request, correlationId: ++this.#correlationId } as RequestDraft<Api>;
    const bytes = encodeRequest(draft);
    this.socket.write(framePrefix(bytes.length));
    this.socket.write(bytes);
    return draft;
  }

  /** The next message. */
  async next(): Promise<Uint8Array> {
    while (this.#arrived.length === 0) {
      await once(this.#frames, "frame");
      if (this.#arrived.length === 0) throw new Error(`the connection ended: ${await this.ended}`);
    }
    return this.#arrived.shift()!;
  }

  async metadata(): Promise<readonly { nodeId: number; host: string; port: number }[]> {
    const { body } = await this.ask<"Metadata">({ api: "Metadata", version: 12, body: { topics: null } });
    return body.brokers.map(({ host, nodeId, port }) => ({ nodeId, host, port }));
  }

  async produce(topic: string, ...values: readonly (string | null)[]): Promise<number> {
    const { bytes: records } = RecordBatch.of(values.map(recordOf), { compression: "gzip" });
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }];
    const body = { acks: -1, timeoutMs: 1000, topicData };
    const response = await this.ask<"Produce">({ api: "Produce", version: 9, body });
    return response.body.responses[0]!.partitionResponses[0]!.errorCode;
  }

  async fetch(topic: string): Promise<readonly (string | null)[]> {
    const body = { topics: [{ topic, partitions: [{ partition: 0 }] }] };
    const response = await this.ask<"Fetch">({ api: "Fetch", version: 12, body });
    const { records } = response.body.responses[0]!.partitions[0]!;
    return deliveredRecords(records ?? new Uint8Array(0)).map(({ value }) =>
      value === null ? null : new TextDecoder().decode(value),
    );
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A record of a test. */
export function recordOf(value: string | null, index: number): KafkaRecord {
  const bytes = value === null ? null : new TextEncoder().encode(value);
  return { offset: BigInt(index), timestamp: 0n, key: null, value: bytes, headers: [], attributes: 0 };
}

/** The records that a client hands on: those of control batches are none. */
export function deliveredRecords(records: Uint8Array): readonly KafkaRecord[] {
  return decodeRecordSet(records).batches.flatMap((batch) => (batch.isControl ? [] : batch.records()));
}
