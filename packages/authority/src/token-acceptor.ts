// Redeems one-time codes. docs/protocol/authority.md, "One-time codes".
import { CborReader } from "@ockam/codec";

import { invalidMessage } from "./authority-error.ts";
import type { AuthorityCore } from "./authority.ts";
import {
  FAILED_CODES_PERIOD,
  MAX_MEMBERS,
  ONE_TIME_CODE_LENGTH,
  SLOW_REFUSAL,
  TOKEN_ACCEPTOR,
} from "./constants.ts";
import { FailedCodes } from "./failed-codes.ts";
import type { Service } from "./service.ts";
import { DONE, forbidden, UNKNOWN_PATH } from "./service.ts";

const ALREADY_A_MEMBER = "Already a member";

/** The service by which anybody with a one-time code becomes a member. */
export function tokenAcceptor({ identities, log, now, roles, storage }: AuthorityCore): Service {
  const failedCodes = new FailedCodes();
  return {
    address: TOKEN_ACCEPTOR,
    async handle(caller, { body, method, path }) {
      if (method !== "POST" || !["/", "/credential"].includes(path)) return UNKNOWN_PATH;
      const code = readCode(body);
      if ((await roles.of(caller)).member !== undefined) return forbidden(ALREADY_A_MEMBER);
      const time = now();
      if (!failedCodes.mayTry(caller, time)) {
        return forbidden(`Too many unknown enrollment tokens: try again in ${FAILED_CODES_PERIOD} seconds`);
      }
      const { members } = await storage.counts(time);
      if (members >= MAX_MEMBERS) return forbidden("Error adding member using enrollment token");
      const outcome = await storage.redeem(
        identities.vault.sha256(code),
        ({ attributes, issuedBy }) => ({
          identifier: caller,
          attributes,
          addedBy: issuedBy,
          addedAt: time,
          isPreTrusted: false,
        }),
        time,
      );
      if (outcome === "already-a-member") return forbidden(ALREADY_A_MEMBER);
      if (outcome === "unknown") {
        failedCodes.failed(caller, time);
        if (failedCodes.areMany(time)) await pause(SLOW_REFUSAL);
        log({ level: "warn", area: "authority", message: `${caller.toString()} presents an unknown code` });
        return forbidden("Unknown enrollment token");
      }
      log({ level: "info", area: "authority", message: `${caller.toString()} is a member now` });
      return DONE;
    },
  };
}

function pause(time: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, time);
  });
}

function readCode(body: Uint8Array | undefined): Uint8Array {
  if (body === undefined) throw invalidMessage("a request without a body");
  const reader = new CborReader(body);
  const fields = reader.map();
  let code: Uint8Array | undefined;
  while (fields.next()) {
    if (reader.uint() === 1) code = reader.bytes(ONE_TIME_CODE_LENGTH);
    else reader.skip();
  }
  fields.end();
  if (code === undefined) throw invalidMessage("a request without a code");
  return code;
}
