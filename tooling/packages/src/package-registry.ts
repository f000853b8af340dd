import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { PackedPackage } from "./packed-package.ts";

// Package managers may refuse what was published only just now.
const PUBLISHED = "2026-01-01T00:00:00.000Z";

/** A package registry on loopback that has the packages of this checkout and no others: clients ask it for their scope. */
export class PackageRegistry implements AsyncDisposable {
  /** With a slash at its end. */
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  static async start(packages: readonly PackedPackage[]): Promise<PackageRegistry> {
    const byName = new Map(packages.map((packed) => [packed.name, packed]));
    const server = createServer((request, response) => {
      const [name, tarball] = decodeURIComponent(request.url!.slice(1)).split("/-/") as [string, string?];
      const found = byName.get(name);
      if (found === undefined) response.writeHead(404).end();
      else if (tarball !== undefined) response.end(found.bytes);
      else response.end(JSON.stringify(packument(found, `http://${request.headers.host}/`)));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new PackageRegistry(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), "close");
  }
}

function packument({ name, manifest, bytes }: PackedPackage, url: string): object {
  const { version } = manifest;
  const dist = {
    tarball: `${url}${name}/-/${version}.tgz`,
    integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
    shasum: createHash("sha1").update(bytes).digest("hex"),
  };
  return {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, dist } },
    time: { created: PUBLISHED, modified: PUBLISHED, [version]: PUBLISHED },
  };
}
