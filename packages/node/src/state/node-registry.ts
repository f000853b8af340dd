import type { AuthoritySettings } from "../authority/authority-settings.ts";
import type { Database } from "./database.ts";
import type { Row } from "./row.ts";
import { removeNodeFolder } from "./home-folder.ts";
import { expectName } from "./name.ts";
import { nodeError } from "../node-error.ts";
import type { TrustOptions } from "../trust/trust-options.ts";
import type { ControlAddress, Platform } from "../platform/platform.ts";
import type { ProcessMark, ProcessTable } from "../platform/process-table.ts";
import { randomName } from "./random-name.ts";
import { ResourceRegistry } from "./resource-registry.ts";
import type { NodeRecord, NodeRecords, StoredNodeOptions } from "./state.ts";
import { integerOf, optionalIntegerOf, optionalTextOf, textOf } from "./row.ts";

/** What a node is started with when nobody says otherwise. */
export const DEFAULT_NODE_OPTIONS: StoredNodeOptions = {
  tcpListenerAddress: "127.0.0.1:0",
  statusEndpoint: "auto",
};

/** Nodes that commands may use when none is named. */
const FOR_EVERYTHING = "authority IS NULL AND hosted_project IS NULL";

/** What is put down when a process takes a node over. */
export interface NodeClaim {
  readonly identityName: string;
  readonly options: StoredNodeOptions;
  readonly process: ProcessMark;
  readonly skipIsRunningCheck?: boolean;
}

/** Where a running node can be reached. */
export interface BoundAddresses {
  readonly tcpListener: string | undefined;
  readonly statusEndpoint: string | undefined;
  readonly control: ControlAddress | undefined;
}

/** What a {@link NodeRegistry} is made of. */
export interface NodeRegistryParts {
  readonly database: Database;
  readonly home: string;
  readonly platform: Platform;
  readonly processes: ProcessTable;
}

/** Nodes in the table `node`. */
export class NodeRegistry implements NodeRecords {
  readonly #database: Database;
  readonly #home: string;
  readonly #platform: Platform;
  readonly #processes: ProcessTable;

  constructor(parts: NodeRegistryParts) {
    this.#database = parts.database;
    this.#home = parts.home;
    this.#platform = parts.platform;
    this.#processes = parts.processes;
  }

  get(name: string): NodeRecord {
    const record = this.find(name);
    if (record === undefined)
      throw nodeError(
        "UNKNOWN_NODE",
        `There is no node with name ${name}; "ockam node list" shows those that are there`,
        { details: { node: name } },
      );
    return record;
  }

  find(name: string): NodeRecord | undefined {
    const row = this.#database.first("SELECT * FROM node WHERE name = ?", name);
    return row === undefined ? undefined : this.#recordOf(row);
  }

  findDefault(): NodeRecord | undefined {
    const row = this.#database.first("SELECT * FROM node WHERE is_default = 1");
    return row === undefined ? undefined : this.#recordOf(row);
  }

  list(): readonly NodeRecord[] {
    return this.#database.all("SELECT * FROM node ORDER BY rowid").map((row) => this.#recordOf(row));
  }

  nextName(): string {
    const current = this.findDefault();
    if (current !== undefined && current.status !== "running") return current.name;
    return randomName((name) => this.find(name) !== undefined);
  }

  setDefault(name: string): void {
    this.#database.transaction(() => {
      const record = this.get(name);
      if (record.isDefault)
        throw nodeError("ALREADY_DEFAULT", `The node named '${name}' is already the default`);
      this.#makeDefault(name);
    });
  }

  delete(name: string): void {
    this.#database.transaction(() => {
      const record = this.get(name);
      if (record.status === "running")
        throw nodeError("STILL_RUNNING", `the node ${name} is running; stop it first`);
      this.#database.run("DELETE FROM node WHERE name = ?", name);
      if (record.options.authority !== undefined) this.#forgetMembers(record.identityName);
      const next = this.#database.first(
        `SELECT name FROM node WHERE ${FOR_EVERYTHING} ORDER BY rowid LIMIT 1`,
      );
      if (record.isDefault && next !== undefined) this.#makeDefault(textOf(next, "name"));
    });
    removeNodeFolder(this.#home, name);
  }

  /**
   * Checks that a new node may be called so: by its letters, and by what is a name of its own to the file system.
   * @throws OckamError OCKAM_NODE_INVALID_NAME
   */
  expectFree(name: string): void {
    expectName(name);
    if (!this.#platform.isFileName(name))
      throw nodeError("INVALID_NAME", `${name} is a device to this system; choose another name`);
    const key = this.#platform.fileKey(name);
    const names = this.#database.all("SELECT name FROM node").map((row) => textOf(row, "name"));
    const other = names.find((each) => each !== name && this.#platform.fileKey(each) === key);
    if (other !== undefined)
      throw nodeError(
        "INVALID_NAME",
        `this system does not tell ${name} from ${other}, the name of another node; choose another name`,
      );
  }

  /**
   * Makes `claim.process` the one process of the node, which is created when it is new.
   * @throws OckamError OCKAM_NODE_ALREADY_RUNNING, OCKAM_NODE_INVALID_NAME
   */
  claim(name: string, claim: NodeClaim): NodeRecord {
    return this.#database.transaction(() => {
      const known = this.find(name);
      if (known === undefined) this.expectFree(name);
      if (known?.status === "running" && claim.skipIsRunningCheck !== true) throw alreadyRunning(name);
      const { authority, hostedProject, trust } = claim.options;
      const isForEverything = authority === undefined && hostedProject === undefined;
      const isDefault = known?.isDefault ?? (isForEverything && this.#newNodeIsDefault());
      if (known === undefined && isDefault)
        this.#database.run("UPDATE node SET is_default = 0 WHERE is_default = 1");
      this.#database.run(
        `INSERT INTO node (name, identity, is_default, tcp_listener_address, status_endpoint, pid, process_start,
          authority, hosted_project, trust)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE
        SET identity = excluded.identity, tcp_listener_address = excluded.tcp_listener_address,
          status_endpoint = excluded.status_endpoint, pid = excluded.pid, process_start = excluded.process_start,
          authority = excluded.authority, hosted_project = excluded.hosted_project, trust = excluded.trust`,
        name,
        claim.identityName,
        isDefault ? 1 : 0,
        claim.options.tcpListenerAddress,
        claim.options.statusEndpoint,
        claim.process.pid,
        claim.process.start,
        authority === undefined ? null : JSON.stringify(authority),
        hostedProject ?? null,
        trust === undefined ? null : JSON.stringify(trust),
      );
      return this.get(name);
    });
  }

  /** Puts down where the node listens. */
  setBound(name: string, bound: BoundAddresses): void {
    this.#database.run(
      `UPDATE node SET bound_tcp_listener = ?, bound_status_endpoint = ?, control_socket = ?, control_token = ?
      WHERE name = ?`,
      bound.tcpListener ?? null,
      bound.statusEndpoint ?? null,
      bound.control?.path ?? null,
      bound.control?.token ?? null,
      name,
    );
  }

  /** Changes what makes the node an authority's. */
  setAuthority(name: string, authority: AuthoritySettings): void {
    this.#database.run("UPDATE node SET authority = ? WHERE name = ?", JSON.stringify(authority), name);
  }

  /** The process gives the node up, unless another one has taken it over. */
  release(name: string, mark: ProcessMark): void {
    this.#database.run(
      `UPDATE node SET pid = NULL, process_start = NULL, bound_status_endpoint = NULL
      WHERE name = ? AND pid = ? AND process_start = ?`,
      name,
      mark.pid,
      mark.start,
    );
  }

  /** The process that has the node, dead or alive. */
  processOf(name: string): ProcessMark | undefined {
    const row = this.#database.first("SELECT pid, process_start FROM node WHERE name = ?", name);
    return row === undefined ? undefined : markOf(row);
  }

  /** Where the node takes calls, or took them last. */
  controlOf(name: string): ControlAddress | undefined {
    const row = this.#database.first("SELECT control_socket, control_token FROM node WHERE name = ?", name);
    const path = row === undefined ? undefined : optionalTextOf(row, "control_socket");
    if (row === undefined || path === undefined) return undefined;
    return { path, token: optionalTextOf(row, "control_token") };
  }

  /** What the node was told to have. */
  resources(name: string): ResourceRegistry {
    return new ResourceRegistry(this.#database, name);
  }

  /** An authority made anew with the same identity does not have the members of the one that was deleted. */
  #forgetMembers(identityName: string): void {
    const others = "SELECT name FROM node WHERE identity = ? AND authority IS NOT NULL";
    if (this.#database.first(others, identityName) !== undefined) return;
    for (const table of ["authority_member", "authority_token"])
      this.#database.run(
        `DELETE FROM ${table} WHERE authority = (SELECT identifier FROM named_identity WHERE name = ?)`,
        identityName,
      );
  }

  #recordOf(row: Row): NodeRecord {
    const mark = markOf(row);
    const found = mark === undefined ? "gone" : this.#processes.status(mark);
    const authority = optionalTextOf(row, "authority");
    const hostedProject = optionalTextOf(row, "hosted_project");
    const trust = optionalTextOf(row, "trust");
    return {
      name: textOf(row, "name"),
      identityName: textOf(row, "identity"),
      isDefault: integerOf(row, "is_default") === 1,
      status: found === "gone" ? "stopped" : found,
      pid: found === "gone" ? undefined : mark?.pid,
      tcpListenerAddress: optionalTextOf(row, "bound_tcp_listener"),
      statusEndpointAddress: found === "running" ? optionalTextOf(row, "bound_status_endpoint") : undefined,
      options: {
        tcpListenerAddress: textOf(row, "tcp_listener_address"),
        statusEndpoint: textOf(row, "status_endpoint"),
        ...(authority === undefined ? {} : { authority: JSON.parse(authority) as AuthoritySettings }),
        ...(hostedProject === undefined ? {} : { hostedProject }),
        ...(trust === undefined ? {} : { trust: JSON.parse(trust) as TrustOptions }),
      },
    };
  }

  #newNodeIsDefault(): boolean {
    const current = this.findDefault();
    return current === undefined || current.status !== "running";
  }

  #makeDefault(name: string): void {
    this.#database.run("UPDATE node SET is_default = 0 WHERE is_default = 1");
    this.#database.run("UPDATE node SET is_default = 1 WHERE name = ?", name);
  }
}

/** The error for a node that has a process. */
export function alreadyRunning(name: string): Error {
  return nodeError(
    "ALREADY_RUNNING",
    `Node ${name} is already running; stop it first, or choose another name`,
    {
      details: { node: name },
    },
  );
}

function markOf(row: Row): ProcessMark | undefined {
  const pid = optionalIntegerOf(row, "pid");
  const start = optionalTextOf(row, "process_start");
  return pid === undefined || start === undefined ? undefined : { pid, start };
}
