import { EventEmitter, once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

import {
  apiKey,
  decodeRecordSet,
  decodeRequest,
  encodeResponse,
  FrameDecoder,
  framePrefix,
  type ApiName,
  type Draft,
  type KafkaRequest,
  type RequestBodies,
  type ResponseBodies,
  type ResponseDraft,
} from "@ockam/kafka-protocol";

/** What it has kept of a partition: whole batches, as they came but for their first offset. */
interface Log {
  readonly batches: { readonly first: bigint; readonly next: bigint; readonly bytes: Uint8Array }[];
  end: bigint;
}

type Handlers = {
  readonly [Api in ApiName]?: (
    body: RequestBodies[Api],
  ) => Draft<ResponseBodies[Api]> | Promise<Draft<ResponseBodies[Api]>>;
};

/** What it offers: enough for clients of several makes, and nothing that needs more than one member in a group. */
const VERSIONS: Readonly<Partial<Record<ApiName, readonly [min: number, max: number]>>> = {
  Produce: [3, 9],
  Fetch: [4, 12],
  ListOffsets: [1, 6],
  Metadata: [1, 9],
  OffsetCommit: [2, 8],
  OffsetFetch: [1, 7],
  FindCoordinator: [0, 3],
  JoinGroup: [2, 7],
  Heartbeat: [0, 4],
  LeaveGroup: [0, 4],
  SyncGroup: [0, 5],
  ApiVersions: [0, 3],
};
const NODE_ID = 1;
const EARLIEST = -2n;
const TOPIC_PARTITIONS = 1;

/** A broker in this process, in memory, for a single node and groups of one member. Topics are there when they are asked for. */
export class KafkaTwin implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #logs = new Map<string, Log>();
  readonly #commits = new Map<string, bigint>();
  readonly #produced = new EventEmitter();
  readonly #closing = new AbortController();
  #members = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.#produced.setMaxListeners(0);
    server.on("connection", (socket) => this.#serve(socket));
  }

  static async start(): Promise<KafkaTwin> {
    const server = createServer({ noDelay: true });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new KafkaTwin(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** All that it has stored of a topic. */
  stored(topic: string): Buffer {
    return Buffer.concat(this.#log(topic).batches.map(({ bytes }) => bytes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    const decoder = new FrameDecoder();
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    let answered = Promise.resolve();
    socket.on("data", (chunk: Uint8Array) => {
      for (const message of decoder.push(chunk)) {
        const request = decodeRequest(message);
        // A broker answers in the order in which it is asked.
        answered = answered.then(() => this.#answer(request, socket)).catch(() => void socket.destroy());
      }
    });
  }

  async #answer(request: KafkaRequest, socket: Socket): Promise<void> {
    const { api, body, correlationId, version } = request;
    const handler = this.#handlers[api] as ((asked: unknown) => unknown) | undefined;
    if (handler === undefined) throw new Error(`the twin of a broker does not know ${api}`);
    const answer = { api, version, correlationId, body: await handler(body) } as ResponseDraft<ApiName>;
    const bytes = encodeResponse(answer);
    socket.write(framePrefix(bytes.length));
    socket.write(bytes);
  }

  readonly #handlers: Handlers = {
    ApiVersions: () => ({
      apiKeys: Object.entries(VERSIONS).map(([name, [minVersion, maxVersion]]) => ({
        apiKey: apiKey(name as ApiName),
        minVersion,
        maxVersion,
      })),
    }),
    Metadata: ({ topics }) => ({
      brokers: [this.#place()],
      controllerId: NODE_ID,
      topics: (topics?.map(({ name }) => name ?? "") ?? [...this.#logs.keys()]).map((name) => ({
        name,
        partitions: Array.from({ length: TOPIC_PARTITIONS }, (_, partitionIndex) => ({
          partitionIndex,
          leaderId: NODE_ID,
          replicaNodes: [NODE_ID],
          isrNodes: [NODE_ID],
        })),
      })),
    }),
    Produce: ({ topicData }) => {
      const responses = topicData.map(({ name, partitionData }) => ({
        name,
        partitionResponses: partitionData.map(({ index, records }) => ({
          index,
          baseOffset: this.#append(name, records ?? new Uint8Array(0)),
        })),
      }));
      this.#produced.emit("records");
      return { responses };
    },
    Fetch: async ({ maxWaitMs, topics }) => {
      const isThere = (): boolean =>
        topics.some(({ partitions, topic }) =>
          partitions.some(({ fetchOffset }) => fetchOffset < this.#log(topic).end),
        );
      if (!isThere()) {
        const late = AbortSignal.any([AbortSignal.timeout(maxWaitMs), this.#closing.signal]);
        await once(this.#produced, "records", { signal: late }).catch(() => {});
      }
      return {
        responses: topics.map(({ partitions, topic }) => ({
          topic,
          partitions: partitions.map(({ fetchOffset, partition }) => ({
            partitionIndex: partition,
            highWatermark: this.#log(topic).end,
            lastStableOffset: this.#log(topic).end,
            logStartOffset: 0n,
            records: this.#from(topic, fetchOffset),
          })),
        })),
      };
    },
    ListOffsets: ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => ({
          partitionIndex,
          offset: timestamp === EARLIEST ? 0n : this.#log(name).end,
        })),
      })),
    }),
    FindCoordinator: () => this.#place(),
    JoinGroup: ({ memberId, protocols, protocolType }) => {
      const id = memberId === "" ? `member-${++this.#members}` : memberId;
      const [chosen] = protocols;
      return {
        generationId: 1,
        protocolType,
        protocolName: chosen?.name ?? "",
        leader: id,
        memberId: id,
        members: [{ memberId: id, metadata: chosen?.metadata ?? new Uint8Array(0) }],
      };
    },
    SyncGroup: ({ assignments, memberId, protocolName, protocolType }) => {
      const own = assignments.find((each) => each.memberId === memberId);
      return { protocolType, protocolName, assignment: own?.assignment ?? new Uint8Array(0) };
    },
    Heartbeat: () => ({}),
    LeaveGroup: ({ members }) => ({ members: members.map(({ memberId }) => ({ memberId })) }),
    OffsetCommit: ({ groupId, topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ committedOffset, partitionIndex }) => {
          this.#commits.set(`${groupId}/${name}/${partitionIndex}`, committedOffset);
          return { partitionIndex };
        }),
      })),
    }),
    OffsetFetch: ({ groupId, topics }) => ({
      topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          partitionIndex,
          committedOffset: this.#commits.get(`${groupId}/${name}/${partitionIndex}`) ?? -1n,
        })),
      })),
    }),
  };

  #place(): { readonly nodeId: number; readonly host: string; readonly port: number } {
    return { nodeId: NODE_ID, host: "127.0.0.1", port: this.port };
  }

  #log(topic: string): Log {
    let log = this.#logs.get(topic);
    if (log === undefined) this.#logs.set(topic, (log = { batches: [], end: 0n }));
    return log;
  }

  #append(topic: string, records: Uint8Array): bigint {
    const log = this.#log(topic);
    const base = log.end;
    for (const batch of decodeRecordSet(records).batches) {
      const bytes = batch.bytes.slice();
      // The first offset is not under the checksum: brokers set it.
      new DataView(bytes.buffer).setBigInt64(0, log.end);
      const next = log.end + BigInt(batch.records().length);
      log.batches.push({ first: log.end, next, bytes });
      log.end = next;
    }
    return base;
  }

  #from(topic: string, offset: bigint): Uint8Array {
    return Buffer.concat(
      this.#log(topic)
        .batches.filter(({ next }) => next > offset)
        .map(({ bytes }) => bytes),
    );
  }
}
