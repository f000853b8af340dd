import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { withNode } from "../node-access.ts";
import { parsed, requiredArgument } from "../option.ts";
import { SERVICE } from "../render/service.ts";
import { parseServiceReference } from "../service-reference.ts";
import { usageError } from "../usage-error.ts";

export const serviceStart: Command = defineCommand({
  summary: "Start a service that a node does not have by itself: hop",
  description: "hop hands each message on to the next address of its route.",
  examples: ["service start hop --at n2", "service start hop --addr my_hop"],
  json: SERVICE,
  pipe: "`/service/ADDRESS`",
  positionals: { service: requiredArgument("hop") },
  options: {
    addr: parsed("ADDRESS", "Its address", parseServiceReference, { fallback: "hop" }),
    at: AT,
  },
  run({ service, addr, at }, terminal) {
    if (service !== "hop")
      throw usageError(`there is no service '${service}' to start`, "ockam service start hop");
    return withNode({ at, terminal }, async (node) => {
      const started = await node.call("service.start", {
        type: "hop",
        ...(addr === undefined ? {} : { address: addr }),
      });
      return {
        json: () => started,
        machine: `/service/${started.addr}`,
        plain: (style) =>
          style.success(`Started hop at ${style.name(`/node/${node.name}/service/${started.addr}`)}`),
      };
    });
  },
});
