import { createHash } from "node:crypto";
import { connect } from "node:net";

import { Deferred } from "./deferred.ts";
import type { BytePattern } from "./byte-pattern.ts";
import { sendPattern } from "./transfer-server.ts";
import type { TransferMode } from "./transfer-server.ts";

/** How a transfer ended for its client. */
export interface TransferResult {
  /** `complete`: all bytes, and both hashes are right. `ended`: an early end of stream. `failed`: reset, refused. `stalled`: nothing happened for `stall` milliseconds. */
  readonly outcome: "complete" | "ended" | "failed" | "stalled";
  /** Whether everything that arrived was what the server sent, in order. */
  readonly intact: boolean;
  /** Bytes that arrived, the hash line not counted. */
  readonly received: number;
  /** SHA-256 of what arrived, in hex. */
  readonly sha256: string;
  readonly error?: Error;
}

/** `onProgress` is called with the sum of bytes in both directions; `stall` is in milliseconds, default 20,000. */
export interface TransferOptions {
  readonly stall?: number;
  readonly onProgress?: (bytes: number) => void;
}

const HASH_LINE = 65; // 64 hex digits and a line feed

/** Runs one transfer of `length` bytes through `port` against a `TransferServer` that has the same pattern. Never throws. */
export function transfer(
  port: number,
  mode: TransferMode,
  length: number,
  pattern: BytePattern,
  options: TransferOptions = {},
): Promise<TransferResult> {
  const { promise, resolve } = new Deferred<TransferResult>();
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const hash = createHash("sha256");
  const expectsHash = mode === "up" || mode === "both";
  const expected = mode === "up" ? 0 : length;
  let received = 0;
  let intact = true;
  let answer = "";
  let settled = false;
  let error: Error | undefined;

  const finish = (outcome: TransferResult["outcome"]): void => {
    if (settled) return;
    settled = true;
    socket.destroy();
    resolve({ outcome, intact, received, sha256: hash.digest("hex"), ...(error && { error }) });
  };

  socket.setTimeout(options.stall ?? 20_000, () => finish("stalled"));
  socket.once("connect", () => {
    socket.write(`${mode} ${length}\n`);
    if (expectsHash) sendPattern(socket, pattern, length);
  });
  socket.on("data", (data: Buffer) => {
    const payload = data.subarray(0, expected - received);
    intact &&= pattern.matches(received, payload);
    hash.update(payload);
    received += payload.length;
    answer += data.toString("latin1", payload.length);
    options.onProgress?.(received + socket.bytesWritten);
    const done = received === expected && answer.length === (expectsHash ? HASH_LINE : 0);
    if (!done) return;
    intact &&= !expectsHash || answer.trimEnd() === pattern.sha256(length);
    finish("complete");
  });
  socket.on("drain", () => options.onProgress?.(received + socket.bytesWritten));
  socket.on("error", (cause) => (error = cause));
  socket.on("end", () => finish("ended"));
  socket.on("close", () => finish("failed"));
  return promise;
}
