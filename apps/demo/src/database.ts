import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/** PostgreSQL inside this process (PGlite), behind a port. It has one session, which its clients use in turns. */
export class Database implements AsyncDisposable {
  readonly port: number;
  readonly #database: PGlite;
  readonly #server: PGLiteSocketServer;

  private constructor(port: number, database: PGlite, server: PGLiteSocketServer) {
    this.port = port;
    this.#database = database;
    this.#server = server;
  }

  /** Starts an empty database in memory on a free port of 127.0.0.1. */
  static async start(): Promise<Database> {
    const db = await PGlite.create();
    const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 64 });
    await server.start();
    const port = Number(server.getServerConn().split(":").at(-1));
    return new Database(port, db, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
    await this.#database.close();
  }
}
