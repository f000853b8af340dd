import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createNode, type OckamNode, type State } from "@ockam/node";
import { openState } from "@ockam/node/state";
import { toHex } from "@ockam/codec";
import { formatTicket, verifyProject, type FullTicket, type Project, type TicketForm } from "@ockam/project";

/** What can be set about a {@link TestProject}. */
export interface TestProjectOptions {
  readonly id?: string;
  /** False: the authority does not know its project's node yet. */
  readonly hasNode?: boolean;
}

/** A project whose authority runs in this process, on a port of this machine, with an administrator of its own home. */
export class TestProject implements AsyncDisposable {
  readonly home: string;
  readonly project: Project;
  /** The authority's node. */
  readonly node: OckamNode;
  readonly #state: State;

  private constructor(home: string, state: State, node: OckamNode, project: Project) {
    this.home = home;
    this.#state = state;
    this.node = node;
    this.project = project;
  }

  static async start({ id = "0123456789ab", hasNode = true }: TestProjectOptions = {}): Promise<TestProject> {
    const home = temporaryHome();
    const state = openState({ home });
    const admin = await state.identities.create({ name: "admin" });
    await state.identities.create({ name: "authority" });
    await state.identities.create({ name: "project" });
    const historyOf = async (name: string) => (await state.identities.identity(name)).changeHistory;
    const accessRoute = `/ip4/127.0.0.1/tcp/1/service/${id}/service/api`;
    const [changeHistory, authorityChangeHistory] = [
      await historyOf("project"),
      await historyOf("authority"),
    ];
    const node = await createNode({
      state,
      name: `authority-${id}`,
      identity: "authority",
      tcpListenerAddress: "127.0.0.1:0",
      authority: {
        projectIdentifier: id,
        trustedIdentities: { [admin.identifier.toString()]: { "ockam-role": "enroller" } },
        project: {
          name: "default",
          // Its port is not known before it listens. Tickets have the right one.
          authorityRoute: "/ip4/127.0.0.1/tcp/1/service/api",
          ...(hasNode ? { node: { accessRoute, changeHistory: toHex(changeHistory) } } : {}),
        },
      },
    });
    const port = /\d+$/.exec(node.tcpListenerAddress ?? "")?.[0];
    const authorityRoute = `/ip4/127.0.0.1/tcp/${port}/service/api`;
    const project = verifyProject({
      id,
      name: "default",
      accessRoute,
      changeHistory,
      authorityRoute,
      authorityChangeHistory,
    });
    return new TestProject(home, state, node, project);
  }

  /** A ticket that the administrator makes. */
  async ticket(
    attributes: Readonly<Record<string, string>> = {},
    form: TicketForm = "text",
  ): Promise<string> {
    return formatTicket(await this.fullTicket(attributes), form);
  }

  async fullTicket(attributes: Readonly<Record<string, string>> = {}): Promise<FullTicket> {
    await using speaker = await createNode({ state: this.#state, ephemeral: true, identity: "admin" });
    await using authority = await speaker.connectAuthority({
      route: this.project.authorityRoute,
      identifier: this.project.authorityIdentifier,
    });
    const oneTimeCode = await authority.client.createToken({
      attributes: new Map(Object.entries(attributes)),
    });
    return { kind: "full", oneTimeCode, project: this.project };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.close();
    this.#state.close();
    rmSync(this.home, { recursive: true });
  }
}

/** A new folder for the state of a user. */
export function temporaryHome(): string {
  return mkdtempSync(join(tmpdir(), "ock-"));
}
