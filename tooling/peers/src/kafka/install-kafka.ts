import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { installAptPackages } from "../install-ockam.ts";

/** The newest Kafka: its broker, Java client and tools. */
export const KAFKA_CURRENT = "4.4.0";
/** The newest Kafka whose brokers the Rust portal can read: 3.9 and later list APIs that it refuses. Its clients pass, too. */
export const KAFKA_FOR_RUST = "3.8.1";

const LOGGER = "org.slf4j:slf4j-simple:1.7.36";
const SYSTEM_COMMANDS: Readonly<Record<string, string>> = {
  java: "default-jre-headless",
  javac: "default-jdk-headless",
  mvn: "maven",
  kcat: "kcat",
};
const DRIVER = fileURLToPath(new URL("KafkaDriver.java", import.meta.url));

const run = promisify(execFile);

/**
 * Installs both versions of Kafka from Maven Central into `~/.cache/ockam-kafka`, compiles the Java client, and installs Java,
 * Maven and kcat from the system's packages, each unless it is there.
 *
 * Throws when a system package is missing and this process may not install it (the message names it), and when Maven or the
 * compiler fail.
 */
export async function installKafka(): Promise<void> {
  await installCommands();
  await Promise.all([KAFKA_CURRENT, KAFKA_FOR_RUST].map(installKafkaVersion));
  await installLogger();
  await compileDriver();
}

/** The class path of all that belongs to a version of Kafka. */
export function kafkaClassPath(version: string): string {
  return join(libraries(version), "*");
}

/** The class path of a logger for them: without one a broker that ends does not say why. */
export function loggerClassPath(): string {
  return join(root(), "logger", "*");
}

/** The class path of the Java client, KafkaDriver.java, with the library of a version of Kafka. */
export function driverClassPath(version: string): string {
  return [driverClasses(), kafkaClassPath(version)].join(":");
}

async function installCommands(): Promise<void> {
  const missing: string[] = [];
  for (const [command, packageName] of Object.entries(SYSTEM_COMMANDS)) {
    await run("sh", ["-c", `command -v ${command}`]).catch(() => missing.push(packageName));
  }
  if (missing.length > 0) await installAptPackages(missing);
}

/** Installs a version of Kafka from Maven Central, unless it is there. Throws when Maven fails. */
export async function installKafkaVersion(version: string): Promise<void> {
  await intoPlace(libraries(version), async (folder) => {
    const pom = join(folder, "pom.xml");
    writeFileSync(pom, projectOf(version));
    await run("mvn", ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${folder}`]);
  });
}

async function installLogger(): Promise<void> {
  await intoPlace(dirname(loggerClassPath()), async (folder) => {
    await run("mvn", ["-q", "-B", "dependency:copy", `-Dartifact=${LOGGER}`, `-DoutputDirectory=${folder}`]);
  });
}

async function compileDriver(): Promise<void> {
  await intoPlace(driverClasses(), async (folder) => {
    await run("javac", ["-cp", kafkaClassPath(KAFKA_CURRENT), "-d", folder, DRIVER]);
  });
}

/** Fills a folder that is not there yet. Two installers may do it at once; who is second throws its own away. */
async function intoPlace(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(root(), { recursive: true });
  const unfinished = mkdtempSync(join(root(), "unfinished-"));
  try {
    await fill(unfinished);
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
    throw new Error(`installing ${folder} failed:\n${stdout}${stderr}`, { cause: error });
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function projectOf(version: string): string {
  const dependencies = ["kafka_2.13", "kafka-tools"].map(
    (name) =>
      `<dependency><groupId>org.apache.kafka</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    "<groupId>io.ockam.peers</groupId><artifactId>kafka</artifactId><version>1</version>",
    `<dependencies>${dependencies.join("")}</dependencies></project>`,
  ].join("\n");
}

function libraries(version: string): string {
  return join(root(), version);
}

function driverClasses(): string {
  const source = createHash("sha256").update(readFileSync(DRIVER)).update(KAFKA_CURRENT).digest("hex");
  return join(root(), `driver-${source.slice(0, 16)}`);
}

function root(): string {
  return join(homedir(), ".cache/ockam-kafka");
}
