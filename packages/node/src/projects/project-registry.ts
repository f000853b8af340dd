import { fromHex, toHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";
import type { Project } from "@ockam/project";

import { nodeError } from "../node-error.ts";
import type { Database } from "../state/database.ts";
import { integerOf, textOf } from "../state/row.ts";
import type { Row } from "../state/row.ts";

/** A project of the state folder. */
export interface NamedProject extends Project {
  /** What it is called here: its name, or its id when another project had the name already. */
  readonly name: string;
  /** What its record calls it. */
  readonly recordName: string;
  readonly isDefault: boolean;
}

/** The projects by name. The first one is the default. */
export interface Projects {
  /**
   * Stores a project that was verified, in place of the one with its id and its authority. A name that another project
   * has stays that one's: the new one gets its id as its name.
   * @throws OckamError OCKAM_NODE_PROJECT_EXISTS when its id is another project's name, or that of a project of another
   * authority: those who trust that one must not come to trust this one by it
   */
  put(project: Project): NamedProject;
  /** What `put` would call a project. @throws OckamError what it would */
  nameFor(project: Project): string;
  /** By its name or its id. @throws OckamError OCKAM_NODE_PROJECT_NOT_FOUND */
  get(name: string): NamedProject;
  find(name: string): NamedProject | undefined;
  findDefault(): NamedProject | undefined;
  list(): readonly NamedProject[];
  /** @throws OckamError OCKAM_NODE_PROJECT_NOT_FOUND, OCKAM_NODE_ALREADY_DEFAULT */
  setDefault(name: string): void;
  /**
   * Forgets a project, and the own credentials as its member; another project becomes the default.
   * @throws OckamError OCKAM_NODE_PROJECT_NOT_FOUND
   */
  delete(name: string): void;
}

/** Under which scope the own credentials as a member of the project are kept. */
export function memberScope(projectId: string): string {
  return `project-member-${projectId}`;
}

/** Projects in the table `project`. They are verified before they get there, and not again. */
export class ProjectRegistry implements Projects {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  put(project: Project): NamedProject {
    return this.#database.transaction(() => {
      const name = this.nameFor(project);
      const isDefault = this.findDefault() === undefined ? 1 : 0;
      this.#database.run(
        `INSERT INTO project (id, name, record, is_default) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, record = excluded.record`,
        project.id,
        name,
        encode(project),
        isDefault,
      );
      return this.get(name);
    });
  }

  get(name: string): NamedProject {
    const project = this.find(name);
    if (project !== undefined) return project;
    const names = this.list().map((known) => known.name);
    const known = names.length === 0 ? "there is none" : `there is ${names.join(", ")}`;
    throw nodeError("PROJECT_NOT_FOUND", `There is no project with name ${name}; ${known}`, {
      details: { project: name, projects: names.join(", ") },
    });
  }

  find(name: string): NamedProject | undefined {
    const row =
      this.#database.first("SELECT * FROM project WHERE name = ?", name) ??
      this.#database.first("SELECT * FROM project WHERE id = ?", name);
    return row === undefined ? undefined : projectOf(row);
  }

  findDefault(): NamedProject | undefined {
    const row = this.#database.first("SELECT * FROM project WHERE is_default = 1");
    return row === undefined ? undefined : projectOf(row);
  }

  list(): readonly NamedProject[] {
    return this.#database.all("SELECT * FROM project ORDER BY rowid").map(projectOf);
  }

  setDefault(name: string): void {
    this.#database.transaction(() => {
      const project = this.get(name);
      if (project.isDefault)
        throw nodeError("ALREADY_DEFAULT", `The project named '${project.name}' is already the default`);
      this.#database.run("UPDATE project SET is_default = 0 WHERE is_default = 1");
      this.#database.run("UPDATE project SET is_default = 1 WHERE id = ?", project.id);
    });
  }

  delete(name: string): void {
    this.#database.transaction(() => {
      const { id, isDefault } = this.get(name);
      this.#database.run("DELETE FROM credential WHERE scope = ?", memberScope(id));
      this.#database.run("DELETE FROM project WHERE id = ?", id);
      if (isDefault)
        this.#database.run(
          "UPDATE project SET is_default = 1 WHERE rowid = (SELECT min(rowid) FROM project)",
        );
    });
  }

  nameFor({ authorityIdentifier, id, name }: Project): string {
    const known = this.list().find((project) => project.id === id);
    if (known?.authorityIdentifier.equals(authorityIdentifier) === false)
      throw nodeError(
        "PROJECT_EXISTS",
        `the project ${known.name} has the same id, ${id}, and another authority; delete that one first`,
        { details: { project: known.name } },
      );
    if (!this.#isTaken(name, id)) return name;
    if (!this.#isTaken(id, id)) return id;
    throw nodeError(
      "PROJECT_EXISTS",
      `another project is named ${id}, which is the id of this one; delete that one first`,
      { details: { project: id } },
    );
  }

  #isTaken(name: string, id: string): boolean {
    const row = this.#database.first(
      "SELECT id FROM project WHERE (name = ? OR id = ?) AND id <> ?",
      name,
      name,
      id,
    );
    return row !== undefined;
  }
}

function encode(project: Project): string {
  return JSON.stringify({
    name: project.name,
    accessRoute: project.accessRoute,
    identifier: project.identifier.toString(),
    changeHistory: toHex(project.changeHistory),
    authorityRoute: project.authorityRoute,
    authorityIdentifier: project.authorityIdentifier.toString(),
    authorityChangeHistory: toHex(project.authorityChangeHistory),
    spaceId: project.spaceId,
    spaceName: project.spaceName,
  });
}

function projectOf(row: Row): NamedProject {
  const record = JSON.parse(textOf(row, "record")) as Readonly<Record<string, string>>;
  const read = (key: string): string => textOf(record, key);
  return {
    id: textOf(row, "id"),
    name: textOf(row, "name"),
    recordName: read("name"),
    isDefault: integerOf(row, "is_default") === 1,
    accessRoute: read("accessRoute"),
    identifier: Identifier.parse(read("identifier")),
    changeHistory: fromHex(read("changeHistory")),
    authorityRoute: read("authorityRoute"),
    authorityIdentifier: Identifier.parse(read("authorityIdentifier")),
    authorityChangeHistory: fromHex(read("authorityChangeHistory")),
    spaceId: read("spaceId"),
    spaceName: read("spaceName"),
  };
}
