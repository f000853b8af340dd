import type { OckamHome } from "../ockam-home.ts";
import type { Place } from "../place.ts";
import { typescriptOckam } from "../typescript-ockam.ts";
import { Role } from "./role.ts";

/** Where the three machines of the journey are. */
export interface Machines {
  readonly relay: Place;
  readonly service: Place;
  readonly client: Place;
}

/** The homes of the three machines. */
export interface Journey extends AsyncDisposable {
  readonly relay: OckamHome;
  readonly service: OckamHome;
  readonly client: OckamHome;
  /** The four processes. */
  roles(): Promise<Roles>;
}

/** The four processes of a project. */
export interface Roles {
  readonly authority: Role;
  readonly relay: Role;
  readonly service: Role;
  readonly client: Role;
}

/**
 * The five commands of the README, each typed on its machine: afterwards a client at port 15432 of the client's machine
 * reaches port 5432 of the service's.
 */
export async function fiveCommands(
  machines: Machines,
  env: Readonly<Record<string, string>> = {},
): Promise<Journey> {
  const relay = typescriptOckam(env, machines.relay);
  const service = typescriptOckam(env, machines.service);
  const client = typescriptOckam(env, machines.client);
  const journey: Journey = {
    relay,
    service,
    client,
    async roles(): Promise<Roles> {
      return {
        authority: await theNode(relay, "authority-"),
        relay: await theNode(relay, "project-"),
        service: await theNode(service),
        client: await theNode(client),
      };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const home of [client, service, relay]) await home[Symbol.asyncDispose]();
    },
  };
  try {
    const created = await relay.output(
      words(`project create --address ${machines.relay.address} --output json`),
    );
    const { tickets } = JSON.parse(created) as {
      readonly tickets: { readonly service: string; readonly client: string };
    };
    await service.output(words("project enroll -"), { input: `${tickets.service}\n` });
    await service.output(words("tcp-outlet create --from postgres --to 5432 --relay default"));
    await client.output(words("project enroll -"), { input: `${tickets.client}\n` });
    await client.output(words("tcp-inlet create --from 15432 --to postgres"));
    return journey;
  } catch (error) {
    await journey[Symbol.asyncDispose]();
    throw error;
  }
}

function words(command: string): readonly string[] {
  return command.split(" ");
}

/** The node whose name begins like that. */
async function theNode(home: OckamHome, prefix = ""): Promise<Role> {
  const nodes = JSON.parse(await home.output(words("node list --output json"))) as readonly {
    readonly node_name: string;
  }[];
  const node = nodes.find(({ node_name: name }) => name.startsWith(prefix));
  if (node === undefined) throw new Error(`there is no node ${prefix}… in ${home.path}`);
  return Role.start(home, node.node_name, async () => {});
}
