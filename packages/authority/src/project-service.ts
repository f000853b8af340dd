// Tells about the project. docs/protocol/authority.md, "The project".
import { CborWriter, isOckamError } from "@ockam/codec";

import { STATUS } from "./api-response.ts";
import { invalidMessage } from "./authority-error.ts";
import type { AuthorityCore, AuthorityProjectOptions } from "./authority.ts";
import { PROJECT } from "./constants.ts";
import { decodeRegistration } from "./project-registration.ts";
import { isProjectNode } from "./roles.ts";
import type { Service } from "./service.ts";
import { DONE, forbidden, UNKNOWN_PATH } from "./service.ts";

/** The service that tells anybody the project's record, which holds no secret, and takes in where its node is. */
export function projectService({ roles }: AuthorityCore, project: AuthorityProjectOptions): Service {
  return {
    address: PROJECT,
    async handle(caller, { body, method, path }) {
      if (path !== "/") return UNKNOWN_PATH;
      if (method === "GET") {
        const record = await project.record();
        if (record === undefined) return { status: STATUS.notFound, reason: "there is no project yet" };
        return { body: new CborWriter().text(record).finish() };
      }
      if (method !== "PUT" || project.registerNode === undefined) return UNKNOWN_PATH;
      if (body === undefined) throw invalidMessage("a request without a body");
      const registration = decodeRegistration(body);
      const { member } = await roles.of(caller);
      if (!isProjectNode(member?.attributes)) {
        return forbidden("only the project's node may say where it is");
      }
      try {
        await project.registerNode(caller, registration);
      } catch (error) {
        if (!isOckamError(error)) throw error;
        return { status: STATUS.badRequest, reason: error.message };
      }
      return DONE;
    },
  };
}
