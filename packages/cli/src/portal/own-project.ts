import type { NamedProject } from "@ockam/node";

import { hostProject } from "../hosting/host-project.ts";
import { rememberProject } from "../hosting/hosted-record.ts";
import { AUTHORITY_PORT, planHosting, PROJECT_PORT, type HostingOrder } from "../hosting/hosting-plan.ts";
import { expectFreePort, findPublicHost, isLoopback, type PublicHost } from "../hosting/public-host.ts";
import { usageError } from "../usage-error.ts";
import { askForAddress } from "./machine-address.ts";
import type { PortalGround } from "./portal-ground.ts";
import { connectFailure } from "./reachability.ts";

/** How many ports are tried for a project that does not get its usual ones. */
export const PORT_ATTEMPTS = 100;

const PROJECT_NAME = "default";

/**
 * The default project: one that this machine is a member of, or one that it hosts, with all that this takes. Without any
 * it becomes the host of a new one. `address`: how others find this machine; asked for when it matters.
 * @throws OckamError of `planHosting` and `hostProject`; OCKAM_CLI_USAGE for the address of somebody else's project
 */
export async function ownProject(ground: PortalGround, address: string | undefined): Promise<NamedProject> {
  const { state } = ground;
  const known = state.projects.findDefault();
  const hosted = state.nodes
    .list()
    .find(({ options: { authority } }) =>
      known === undefined
        ? authority?.project?.name === PROJECT_NAME
        : authority?.projectIdentifier === known.id,
    )?.options.authority?.project;
  if (known !== undefined && hosted === undefined) {
    if (address === undefined) return known;
    throw usageError(
      `--address is for a project of this machine, and the project ${known.name} is another machine's`,
      "leave it out",
    );
  }
  return hosted === undefined
    ? hostNew(ground, address ?? (await askForAddress(ground.terminal)))
    : host(ground, { ...UNCHANGED, name: hosted.name, address });
}

/** What leaves a project as it is. */
const UNCHANGED: HostingOrder = {
  name: PROJECT_NAME,
  address: undefined,
  port: undefined,
  authorityAddress: undefined,
  authorityPort: undefined,
  credentialLifetime: undefined,
  onlyAuthority: false,
};

async function hostNew(ground: PortalGround, address: string): Promise<NamedProject> {
  const { terminal } = ground;
  const machine = await findPublicHost(address);
  const port = await freePort(machine, PROJECT_PORT);
  const authorityPort = await freePort(machine, Math.max(port + 1, AUTHORITY_PORT));
  const project = await host(ground, { ...UNCHANGED, address, port, authorityPort });
  if (isLoopback(machine)) {
    terminal.warn("Made a project for this machine alone: nobody else reaches its loopback");
    return project;
  }
  terminal.note(
    `Made a project: the other machine must reach ports ${port} and ${authorityPort} of ${terminal.style.name(address)}`,
  );
  const failure = await connectFailure(machine.name, port);
  if (failure !== undefined) {
    terminal.warn(
      `Port ${port} of ${address} cannot be reached from here: ${failure}. Where a router or a firewall is in ` +
        "front of this machine, let it pass both ports on",
    );
  }
  return project;
}

async function host(ground: PortalGround, order: HostingOrder): Promise<NamedProject> {
  const { start, state } = ground;
  const plan = await planHosting(state, order);
  const { authority, isNew } = await hostProject(state, plan, start);
  await rememberProject(state, authority.name, isNew);
  return state.projects.get(plan.id);
}

/** The first free one from `first` on. @throws OckamError OCKAM_NODE_PORT_IN_USE */
async function freePort(machine: PublicHost, first: number): Promise<number> {
  for (let port = first; ; port++) {
    try {
      await expectFreePort(
        machine,
        port,
        `make the project with others: ockam project create --port PORT --authority-port PORT`,
      );
      return port;
    } catch (error) {
      if (port + 1 >= first + PORT_ATTEMPTS) throw error;
    }
  }
}
