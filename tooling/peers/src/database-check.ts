import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What SQLite finds wrong with the databases right in a folder: one line for each fault, none when all are whole. */
export function databaseFaults(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".sqlite3"));
  if (files.length === 0) throw new Error(`there is no database in ${folder}`);
  return files.flatMap((name) => {
    using database = new DatabaseSync(join(folder, name));
    const found = [
      ...database.prepare("PRAGMA integrity_check").all(),
      ...database.prepare("PRAGMA foreign_key_check").all(),
    ];
    return found.map((row) => `${name}: ${JSON.stringify(row)}`).filter((line) => !line.includes('"ok"'));
  });
}
