import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { freePort } from "@ockam/acceptance/free-port";
import { Admin } from "@platformatic/kafka";

import { Deferred } from "../deferred.ts";
import { PEERS_RUN } from "../ockam-home.ts";
import { KAFKA_CURRENT, kafkaClassPath, loggerClassPath } from "./install-kafka.ts";

/** How a broker is to be; everything has a default. */
export interface KafkaBrokerOptions {
  readonly version?: string;
  /** Where clients find it. */
  readonly port?: number;
  /** What it tells clients to connect to; its own port by default. */
  readonly advertisedPort?: number;
  /** Further lines of `server.properties`. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** How a topic is to be: one partition, and the broker's settings, unless told otherwise. */
export interface TopicOptions {
  readonly partitions?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);

const SERIAL = "-XX:+UseSerialGC";
const LOGGING = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error"];
const CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk";

/** One Apache Kafka broker on this machine, its own controller, with its data in a temporary folder. */
export class KafkaBroker implements AsyncDisposable {
  readonly version: string;
  readonly port: number;
  readonly #folder: string;
  #server: ChildProcess | undefined;

  private constructor(version: string, port: number, folder: string) {
    this.version = version;
    this.port = port;
    this.#folder = folder;
  }

  static async start(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
    const version = options.version ?? KAFKA_CURRENT;
    const port = options.port ?? (await freePort());
    const folder = mkdtempSync(join(process.env[PEERS_RUN] ?? tmpdir(), "ockam-kafka-"));
    const broker = new KafkaBroker(version, port, folder);
    const controller = await freePort();
    writeFileSync(
      broker.#properties,
      Object.entries({
        ...settingsOf(port, options.advertisedPort ?? port, controller),
        "log.dirs": broker.logFolder,
        ...options.settings,
      })
        .map((setting) => `${setting.join("=")}\n`)
        .join(""),
    );
    try {
      const format = ["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", broker.#properties];
      await run("java", [SERIAL, "-XX:TieredStopAtLevel=1", "-cp", kafkaClassPath(version), ...format]);
      await broker.restart();
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
    return broker;
  }

  /** What clients are given. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The process that runs now, or ran last. */
  get pid(): number {
    return this.#server!.pid!;
  }

  /** Where the broker writes records down. */
  get logFolder(): string {
    return join(this.#folder, "log");
  }

  /** Starts it, with the records of before, and waits until it serves clients. */
  async restart(): Promise<void> {
    const output = openSync(this.#output, "w");
    const classPath = `${loggerClassPath()}:${kafkaClassPath(this.version)}`;
    const heap = [SERIAL, "-Xms256m", "-Xmx256m"];
    const server = spawn("java", [...heap, ...LOGGING, "-cp", classPath, "kafka.Kafka", this.#properties], {
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    this.#server = server;
    while (!(await isListening(this.port))) {
      if (server.exitCode !== null || server.signalCode !== null) {
        throw new Error(
          `Kafka ${this.version} ended with ${server.exitCode}:\n${readFileSync(this.#output, "utf8")}`,
        );
      }
      await sleep(50);
    }
  }

  /** SIGKILL, and waits until the process is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Lets it write everything down and end. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Creates a topic, and waits until it can be written to. */
  async createTopic(name: string, { partitions = 1, settings = {} }: TopicOptions = {}): Promise<void> {
    const admin = new Admin({ clientId: "suite", bootstrapBrokers: [this.address], strict: true });
    try {
      await admin.createTopics({
        topics: [name],
        partitions,
        replicas: 1,
        configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
      });
    } finally {
      await admin.close();
    }
  }

  /** The bytes of every segment of the partitions of a topic, as they are on the disk. */
  segments(topic: string): readonly Buffer[] {
    return readdirSync(this.logFolder)
      .filter((name) => /^(.*)-\d+$/.exec(name)?.[1] === topic)
      .flatMap((partition) =>
        readdirSync(join(this.logFolder, partition))
          .filter((name) => name.endsWith(".log"))
          .map((name) => readFileSync(join(this.logFolder, partition, name))),
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #properties(): string {
    return join(this.#folder, "server.properties");
  }

  get #output(): string {
    return join(this.#folder, "output.txt");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill(signal);
    await exited;
  }
}

function settingsOf(
  port: number,
  advertisedPort: number,
  controller: number,
): Record<string, string | number> {
  return {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controller}`,
    "controller.listener.names": "CONTROLLER",
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${advertisedPort}`,
    // After a kill the controller waits that long for the broker of before.
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 300,
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": 3,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.num.partitions": 3,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "log.cleaner.dedupe.buffer.size": 4 * 2 ** 20,
    "num.io.threads": 2,
    "num.network.threads": 2,
    "num.recovery.threads.per.data.dir": 1,
  };
}

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = new Deferred<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
