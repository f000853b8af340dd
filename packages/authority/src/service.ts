// How a service of an authority hears and answers. docs/protocol/authority.md, "Requests".
import { CborReader, isOckamError } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import { SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";
import type { Context, Message, Worker } from "@ockam/core-routing";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import type { ApiRequest } from "./api-request.ts";
import { decodeApiRequest } from "./api-request.ts";
import { encodeApiError, encodeApiResponse, STATUS } from "./api-response.ts";

/** What a service answers: a body or none, or why not. */
export type Answer =
  | { readonly body: Uint8Array | undefined }
  | { readonly status: 400 | 403 | 404 | 500; readonly reason: string };

/** A service of an authority. */
export interface Service {
  readonly address: string;
  /** Whether an answer may take long because there is nothing to tell yet; it bounds how many wait. */
  readonly waits?: boolean;
  /** Throws OckamError for a body that cannot be read. */
  handle(caller: Identifier, request: ApiRequest): Promise<Answer>;
}

/** The answer without a body. */
export const DONE: Answer = { body: undefined };

/** The answer to a path or method that a service does not have. */
export const UNKNOWN_PATH: Answer = { status: STATUS.badRequest, reason: "unknown path" };

/** The caller may not. */
export function forbidden(reason: string): Answer {
  return { status: STATUS.forbidden, reason };
}

/** The worker of a service. It answers everything, also what it cannot read: nobody has to wait for a time limit. */
export function serviceWorker(service: Service, log: Log): Worker {
  return {
    concurrent: true,
    handleMessage(message, context) {
      const answered = answerTo(service, message, log).then((payload) => reply(context, message, payload));
      if (service.waits !== true) return answered;
      // A channel delivers nothing else until a worker is done: no renewal, and no ping.
      answered.catch((error: unknown) =>
        log({ level: "error", area: "authority", message: `${service.address}: no answer`, error }),
      );
      return undefined;
    },
  };
}

async function answerTo(service: Service, message: Message, log: Log): Promise<Uint8Array> {
  const caller = callerOf(message);
  if (caller === undefined) return refusal(undefined, 0, STATUS.badRequest, "secure channel required");
  let request: ApiRequest | undefined;
  try {
    request = decodeApiRequest(message.payload);
    const answer = await service.handle(caller, request);
    if ("body" in answer) {
      return encodeApiResponse({ id: randomId(), re: request.id, status: STATUS.ok, body: answer.body });
    }
    return refusal(request, request.id, answer.status, answer.reason);
  } catch (error) {
    const isTheirs = isOckamError(error) && /_INVALID_(MESSAGE|CBOR|BARE|UTF8|IDENTIFIER)$/.test(error.code);
    log({
      level: isTheirs ? "debug" : "error",
      area: "authority",
      message: `${service.address}: a request of ${caller.toString()} ${isTheirs ? "cannot be read" : "failed"}`,
      error,
    });
    return isTheirs
      ? refusal(request, request?.id ?? 0, STATUS.badRequest, "the request cannot be read")
      : refusal(request, request?.id ?? 0, STATUS.failed, "internal error");
  }
}

function refusal(request: ApiRequest | undefined, re: number, status: number, reason: string): Uint8Array {
  return encodeApiResponse({ id: randomId(), re, status, body: encodeApiError(request, reason) });
}

async function reply(context: Context, message: Message, payload: Uint8Array): Promise<void> {
  try {
    await context.reply(message, payload);
  } catch (error) {
    // The caller is gone.
    if (!isOckamError(error)) throw error;
  }
}

/** The peer of the channel that the message came through: what the channel wrote down, and nobody else could. */
function callerOf({ localInfo }: Message): Identifier | undefined {
  const infos = localInfo.filter(({ type }) => type === SECURE_CHANNEL_IDENTIFIER);
  if (infos.length !== 1) return undefined;
  return new Identifier(new CborReader(infos[0]!.data).bytes(IDENTIFIER_LENGTH));
}

function randomId(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
