import { AuthorityClient } from "@ockam/authority";
import { fromHex } from "@ockam/codec";
import { Address, connect, Message, Router } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import { createIdentities } from "@ockam/identity";
import type { Identifier } from "@ockam/identity";
import { createSecureChannel } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";

/** How far somebody has come: to the TCP port, through a channel without a credential, or with a member's. */
export type Standing = "connection" | "channel" | "member";

/** What a full ticket in JSON and the project's ports say. */
export interface MemberTicket {
  readonly one_time_code: string;
  readonly authorityPort: number;
}

/** Somebody who sends what they like to a node, and notes what comes back. */
export class Intruder implements AsyncDisposable {
  readonly identifier: Identifier;
  /** The first address of each route: the connection, or the channel. */
  readonly way: Address;
  /** What came back, by the worker that had been written to. */
  readonly answers = new Map<string, Uint8Array[]>();
  readonly #router: Router;

  private constructor(identifier: Identifier, way: Address, router: Router) {
    this.identifier = identifier;
    this.way = way;
    this.#router = router;
  }

  /** Comes as far as `standing` says at the node on `port`. A member enrols with the ticket first. */
  static async at(port: number, standing: Standing, ticket?: MemberTicket): Promise<Intruder> {
    const router = new Router();
    const identities = createIdentities();
    const { identifier } = await identities.create();
    const own = { identities, identifier, confirm: false };
    const open = async (to: number, credential?: Uint8Array): Promise<Address> => {
      const connection = await connect(router, tcp(), `127.0.0.1:${to}`);
      if (standing === "connection") return connection.address;
      const present = credential === undefined ? {} : { credential: async () => credential };
      const route = [connection.address, Address.local("api")];
      return (await createSecureChannel(router, route, { ...own, ...present })).address;
    };
    if (standing !== "member" || ticket === undefined)
      return new Intruder(identifier, await open(port), router);
    const authority = new AuthorityClient(router, [await open(ticket.authorityPort)]);
    await authority.redeemToken(fromHex(ticket.one_time_code));
    return new Intruder(identifier, await open(port, await authority.issueCredential()), router);
  }

  /** Sends to the workers of `route`; answers are noted under the name of the first. Waits for back-pressure. */
  async send(route: Route, payload: Uint8Array, returnRoute?: Route): Promise<void> {
    const name = route[0]?.name ?? "";
    const collector = this.#router.start((message) => {
      this.answers.set(name, [...(this.answers.get(name) ?? []), message.payload]);
    });
    this.#router.flowControls.linkConsumer(collector.address, this.way);
    const back = returnRoute ?? [collector.address];
    await this.#router.send(collector.address, new Message([this.way, ...route], back, payload));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#router.close();
  }
}
