import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

import { installKafkaVersion, KAFKA_CURRENT, kafkaClassPath } from "@ockam/peers";

const LEAST_JAVA = 17;

const run = promisify(execFile);

/** What has to be installed before a broker can run here, one sentence each. */
export async function missingForKafka(): Promise<readonly string[]> {
  const java = await javaVersion();
  const missing: string[] = [];
  if (java === undefined || java < LEAST_JAVA) {
    const found = java === undefined ? "none is on the PATH" : `the one on the PATH is version ${java}`;
    missing.push(`Java ${LEAST_JAVA} or later (${found}): apt-get install default-jre-headless`);
  }
  if (!isKafkaThere() && !(await answers("mvn", "-version"))) {
    missing.push(
      `Maven, which fetches Kafka ${KAFKA_CURRENT} once (mvn is not on the PATH): apt-get install maven`,
    );
  }
  return missing;
}

/** Fetches Kafka, unless it is here. */
export async function ensureKafka(tell: (line: string) => void): Promise<void> {
  if (isKafkaThere()) return;
  tell(`Fetching Kafka ${KAFKA_CURRENT} from Maven Central, about 130 MB, once…`);
  await installKafkaVersion(KAFKA_CURRENT);
}

function isKafkaThere(): boolean {
  return existsSync(dirname(kafkaClassPath(KAFKA_CURRENT)));
}

async function javaVersion(): Promise<number | undefined> {
  try {
    // It says so on standard error: version "17.0.15", or "1.8.0" before 9.
    const { stderr } = await run("java", ["-version"]);
    const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(stderr) ?? [];
    return Number(first === "1" ? second : first);
  } catch {
    return undefined;
  }
}

async function answers(command: string, ...args: readonly string[]): Promise<boolean> {
  return run(command, [...args]).then(
    () => true,
    () => false,
  );
}
