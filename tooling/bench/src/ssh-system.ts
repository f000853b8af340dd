import { execFile, spawn } from "node:child_process";
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { freePort, killProcess } from "@ockam/peers";

import { untilListening } from "./system.ts";
import type { System } from "./system.ts";

const run = promisify(execFile);
const SSHD = "/usr/sbin/sshd";
const CIPHER = "aes256-gcm@openssh.com";

/** `ssh -L`: OpenSSH's client and a server of its own on loopback, with keys and configuration in a temporary folder. */
export const sshSystem: System = {
  name: "ssh",
  missing: () =>
    access(SSHD).then(
      () => undefined,
      () => "OpenSSH's server is not installed, run: apt-get install openssh-server",
    ),
  start: async (backend) => {
    const folder = await mkdtemp(join(tmpdir(), "ockam-bench-ssh-"));
    const [serverPort, port] = [await freePort(), await freePort()];
    for (const name of ["host", "user"])
      await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
    const configuration = join(folder, "sshd_config");
    await writeFile(configuration, serverConfiguration(folder, serverPort));
    if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });

    const server = spawn(SSHD, ["-D", "-e", "-f", configuration], { stdio: "ignore" });
    await untilListening(serverPort);
    const client = spawn("ssh", clientArguments(folder, serverPort, port, backend), { stdio: "ignore" });
    await untilListening(port);
    const processes = (): readonly number[] => [client.pid!, ...withDescendants(server.pid!)];
    return {
      port,
      processes,
      [Symbol.asyncDispose]: async () => {
        await Promise.all(processes().map(killProcess));
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

function serverConfiguration(folder: string, port: number): string {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "user.pub")}`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin prohibit-password",
    `Ciphers ${CIPHER}`,
    "",
  ].join("\n");
}

function clientArguments(
  folder: string,
  serverPort: number,
  port: number,
  backend: number,
): readonly string[] {
  const options = [
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    `Ciphers=${CIPHER}`,
    "IdentitiesOnly=yes",
  ];
  return ["-N", "-F", "none", "-i", join(folder, "user"), "-p", String(serverPort)].concat(
    options.flatMap((option) => ["-o", option]),
    ["-L", `127.0.0.1:${port}:127.0.0.1:${backend}`, `${userInfo().username}@127.0.0.1`],
  );
}

// sshd answers each client in processes of their own.
function withDescendants(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended since.
    }
  }
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}
