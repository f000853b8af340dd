import { decodeRequest, encodeResponse, FrameDecoder, framePrefix } from "@ockam/kafka-protocol";
import type { ApiName, KafkaRequest, ResponseDraft } from "@ockam/kafka-protocol";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** What a broker says instead: a response, bytes as they are, or nothing. */
export type Reply = ResponseDraft<ApiName> | Uint8Array | "nothing" | undefined;

/** A broker that keeps what it gets in memory, and answers from there. */
export class FakeBroker implements AsyncDisposable {
  readonly nodeId: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly requests: KafkaRequest[] = [];
  /** By topic; each has one partition. */
  readonly stored = new Map<string, Uint8Array[]>();
  /** The brokers that it tells of; itself by default. */
  brokers: { nodeId: number; host: string; port: number }[] = [];
  /** What it says instead of the truth. */
  reply: (request: KafkaRequest) => Reply = () => undefined;
  #halfClosed = 0;

  private constructor(server: Server, nodeId: number) {
    this.#server = server;
    this.nodeId = nodeId;
  }

  /** With a certificate and its key (PEM), it speaks TLS. */
  static async start(
    nodeId = 1,
    tls?: { readonly certificate: string; readonly key: string },
  ): Promise<FakeBroker> {
    const server =
      tls === undefined
        ? createServer({ allowHalfOpen: true })
        : createTlsServer({ allowHalfOpen: true, cert: tls.certificate, key: tls.key });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const broker = new FakeBroker(server, nodeId);
    server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) =>
      broker.#serve(socket),
    );
    broker.brokers = [{ nodeId, host: "127.0.0.1", port: broker.port }];
    return broker;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The connections that have not ended. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** The bytes that it has said and nobody has taken. */
  get unsent(): number {
    return Array.from(this.#sockets).reduce((sum, { writableLength }) => sum + writableLength, 0);
  }

  /** How many clients have said that they send nothing more. */
  get halfClosed(): number {
    return this.#halfClosed;
  }

  /** Leaves all its clients. */
  hangUp(how: "end" | "reset"): void {
    for (const socket of this.#sockets) {
      if (how === "end") socket.end();
      else socket.resetAndDestroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    const decoder = new FrameDecoder();
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("end", () => {
      this.#halfClosed += 1;
      socket.end();
    });
    socket.on("data", (chunk: Uint8Array) => {
      try {
        for (const message of decoder.push(chunk)) this.#answer(decodeRequest(message), socket);
      } catch {
        socket.destroy();
      }
    });
  }

  #answer(request: KafkaRequest, socket: Socket): void {
    this.requests.push(request);
    const reply = this.reply(request) ?? this.#honestly(request);
    if (reply === "nothing") return;
    if (reply instanceof Uint8Array) {
      socket.write(reply);
      return;
    }
    const bytes = encodeResponse(reply);
    socket.write(framePrefix(bytes.length));
    socket.write(bytes);
  }

  #honestly(request: KafkaRequest): ResponseDraft<ApiName> | "nothing" {
    const { correlationId, version } = request;
    switch (request.api) {
      case "Metadata":
        return { api: "Metadata", version, correlationId, body: { brokers: this.brokers } };
      case "Produce":
        return this.#store(request);
      case "Fetch":
        return this.#read(request);
      default:
        return "nothing";
    }
  }

  #store({ body, correlationId, version }: KafkaRequest<"Produce">): ResponseDraft<"Produce"> | "nothing" {
    for (const { name, partitionData } of body.topicData) {
      const batches = partitionData.flatMap(({ records }) => (records === null ? [] : [records]));
      this.stored.set(name, [...(this.stored.get(name) ?? []), ...batches]);
    }
    if (body.acks === 0) return "nothing";
    const responses = body.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index }) => ({ index, baseOffset: 0n })),
    }));
    return { api: "Produce", version, correlationId, body: { responses } };
  }

  #read({ body, correlationId, version }: KafkaRequest<"Fetch">): ResponseDraft<"Fetch"> {
    const responses = body.topics.map(({ partitions, topic }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({
        partitionIndex: partition,
        highWatermark: 1n,
        records: Buffer.concat(this.stored.get(topic) ?? []),
      })),
    }));
    return { api: "Fetch", version, correlationId, body: { responses } };
  }
}
