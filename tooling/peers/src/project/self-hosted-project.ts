import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "@ockam/acceptance/free-port";

import type { Implementation, OckamHome } from "../ockam-home.ts";
import { THIS_MACHINE } from "../place.ts";
import type { Place } from "../place.ts";
import { ockamHome } from "../portal.ts";
import { Role } from "./role.ts";

/** Who runs the authority, who the project node with the relay, and where both are. */
export interface ProjectHosts {
  readonly authority: Implementation;
  readonly relay: Implementation | ForeignRelay;
  readonly place?: Place;
  /** For the commands and nodes of both homes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A project node that the test itself plays. */
export interface ForeignRelay {
  readonly port: number;
  readonly identifier: string;
  /** In hex. */
  readonly changeHistory: string;
}

/** A service node: the port of its backend, and what asks for more than membership. */
export interface ServiceOptions extends MemberOptions {
  readonly backend: number;
  /** Name of its relay, default `default`. */
  readonly relay?: string;
  /** Options of `tcp-outlet create`, as `["--allow", "role=client"]`. */
  readonly outlet?: readonly string[];
}

/** A client node: the port of its inlet (default a free one) and the relay it goes through. */
export interface ClientOptions extends MemberOptions {
  readonly port?: number;
  readonly relay?: string;
  /** Options of `tcp-inlet create`. */
  readonly inlet?: readonly string[];
}

/** What every member has: a place, attributes (`name=value`) and an environment. */
export interface MemberOptions {
  readonly place?: Place;
  readonly attributes?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A client node and the port of its inlet. */
export interface Client {
  readonly role: Role;
  readonly port: number;
}

/** The id of the projects of the suites: the one that Rust reads from the ticket's route, whose first service this is. */
const PROJECT_ID = "api";

/**
 * A self-hosted project, command by command, with the same words for both implementations: an authority, which is
 * also the administrator's home, and a project node with the relay service. Members enrol with tickets.
 */
export class SelfHostedProject implements AsyncDisposable {
  readonly authority: Role;
  readonly authorityPort: number;
  readonly relayPort: number;
  /** The project as `project import` reads it. */
  readonly file: string;
  readonly #relay: Role | undefined;
  readonly #members = new AsyncDisposableStack();

  private constructor(
    [authority, relay]: readonly [Role, Role | undefined],
    [authorityPort, relayPort]: readonly [number, number],
    file: string,
  ) {
    this.authority = authority;
    this.#relay = relay;
    this.authorityPort = authorityPort;
    this.relayPort = relayPort;
    this.file = file;
  }

  static async start(hosts: ProjectHosts): Promise<SelfHostedProject> {
    const { place = THIS_MACHINE, env } = hosts;
    await using failed = new AsyncDisposableStack();
    const authorityPort = await freePort();
    const authorityHome = failed.use(await ockamHome(hosts.authority, env, place));

    const admin = await authorityHome.createIdentity("admin");
    const trusted = JSON.stringify({ [admin]: { "ockam-role": "enroller", "ockam-relay": "*" } });
    const authorityName = `authority-${PROJECT_ID}`;
    const authority = await Role.start(authorityHome, authorityName, async () => {
      const where = ["--tcp-listener-address", `${place.address}:${authorityPort}`];
      const whose = ["--project-identifier", PROJECT_ID, "--trusted-identities", trusted];
      await authorityHome.output(["authority", "create", ...where, ...whose]);
    });
    const authorityIdentity = await historyOf(authorityHome, authorityName);

    const relay =
      typeof hosts.relay === "string"
        ? await startRelay(hosts.relay, failed, place, env, authorityIdentity)
        : { ...hosts.relay, role: undefined };

    const file = join(authorityHome.path, "project.json");
    const record = {
      id: PROJECT_ID,
      name: "default",
      space_id: "space",
      space_name: "space",
      users: [],
      user_roles: [],
      access_route: `/ip4/${place.address}/tcp/${relay.port}/service/api`,
      identity: relay.identifier,
      project_change_history: relay.changeHistory,
      authority_access_route: `/ip4/${place.address}/tcp/${authorityPort}/service/api`,
      authority_identity: authorityIdentity,
    };
    writeFileSync(file, JSON.stringify(record));
    await authorityHome.output(["project", "import", "--project-file", file]);
    failed.move();
    return new SelfHostedProject([authority, relay.role], [authorityPort, relay.port], file);
  }

  /** The project node. */
  get relay(): Role {
    if (this.#relay === undefined) throw new Error("the test itself is the project node");
    return this.#relay;
  }

  /** A ticket for one member; `args` are options of `project ticket`, after those that say which project and who asks. */
  async ticket(args: readonly string[] = []): Promise<string> {
    return this.authority.home.output(["project", "ticket", "--identity", "admin", ...args]);
  }

  /** A new home that has enrolled with a ticket of its own, and is closed with the project. */
  async enrol(
    implementation: Implementation,
    ticketArgs: readonly string[] = [],
    options: MemberOptions = {},
  ): Promise<OckamHome> {
    const home = this.#members.use(await ockamHome(implementation, options.env, options.place));
    const attributes = (options.attributes ?? []).flatMap((attribute) => ["--attribute", attribute]);
    await home.output(["project", "enroll", await this.ticket([...ticketArgs, ...attributes])]);
    return home;
  }

  /** A member with an outlet `postgres` and a relay. */
  async service(implementation: Implementation, options: ServiceOptions): Promise<Role> {
    const relay = options.relay ?? "default";
    const home = await this.enrol(implementation, ["--relay", relay], options);
    return Role.start(home, "service", async () => {
      await home.output(["node", "create", "service"]);
      const ends = ["--from", "postgres", "--to", `127.0.0.1:${options.backend}`];
      await home.output(["tcp-outlet", "create", "--at", "service", ...ends, ...(options.outlet ?? [])]);
      await home.output(["relay", "create", relay, "--to", "service"]);
    });
  }

  /** A member with an inlet to the outlet `postgres` of the service at the relay. */
  async client(implementation: Implementation, options: ClientOptions = {}): Promise<Client> {
    const home = await this.enrol(implementation, [], options);
    const port = options.port ?? (await freePort());
    const role = await Role.start(home, "client", async () => {
      await home.output(["node", "create", "client"]);
      const ends = ["--from", `127.0.0.1:${port}`, "--to", "postgres"];
      const way = ["--via", options.relay ?? "default", ...(options.inlet ?? [])];
      await home.output(["tcp-inlet", "create", "--at", "client", ...ends, ...way]);
    });
    return { role, port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#members.disposeAsync();
    await this.#relay?.[Symbol.asyncDispose]();
    await this.authority[Symbol.asyncDispose]();
  }
}

async function startRelay(
  implementation: Implementation,
  resources: AsyncDisposableStack,
  place: Place,
  env: Readonly<Record<string, string>> | undefined,
  authorityIdentity: string,
): Promise<ForeignRelay & { readonly role: Role }> {
  const home = resources.use(await ockamHome(implementation, env, place));
  const port = await freePort();
  const identifier = await home.createIdentity("project");
  const role = await Role.start(home, "project", async () => {
    const where = ["--tcp-listener-address", `${place.address}:${port}`];
    const whose = ["--identity", "project", "--authority-identity", authorityIdentity];
    await home.output(["node", "create", "project", ...where, ...whose]);
  });
  return { port, identifier, changeHistory: await historyOf(home, "project"), role };
}

function historyOf(home: OckamHome, identity: string): Promise<string> {
  return home.output(["identity", "show", identity, "--full", "--encoding", "hex"]);
}
