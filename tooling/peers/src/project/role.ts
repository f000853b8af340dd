import { killProcess } from "@ockam/acceptance/processes";

import type { Implementation, OckamHome } from "../ockam-home.ts";

/** One of the four processes of a self-hosted project: a node in a home of its own, that can be killed and comes back. */
export class Role implements AsyncDisposable {
  readonly home: OckamHome;
  readonly name: string;
  readonly #create: () => Promise<void>;
  #pid = 0;

  private constructor(home: OckamHome, name: string, create: () => Promise<void>) {
    this.home = home;
    this.name = name;
    this.#create = create;
  }

  /** `create` runs the commands that make the node `name` and all that is on it. */
  static async start(home: OckamHome, name: string, create: () => Promise<void>): Promise<Role> {
    const role = new Role(home, name, create);
    await create();
    await role.#findProcess();
    return role;
  }

  get implementation(): Implementation {
    return this.home.implementation;
  }

  get pid(): number {
    return this.#pid;
  }

  /** SIGKILL, and waits until the process is gone. */
  async kill(): Promise<void> {
    await killProcess(this.#pid);
  }

  /** Starts the node again. Ours comes back with all that was on it; a Rust node forgets it, and is told again. */
  async restart(): Promise<void> {
    if (this.implementation === "rust") await this.#create();
    else await this.home.output(["node", "start", this.name]);
    await this.#findProcess();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home[Symbol.asyncDispose]();
  }

  async #findProcess(): Promise<void> {
    const shown = await this.home.output(["node", "show", this.name, "--output", "json"]);
    this.#pid = (JSON.parse(shown) as { readonly pid: number }).pid;
  }
}
