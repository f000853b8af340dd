import { networkInterfaces } from "node:os";

import type { Terminal } from "../terminal.ts";
import { THIS_MACHINE } from "../hosting/public-host.ts";

/**
 * How others are to find this machine: as somebody says who can be asked, else by its first address in a network.
 * Without a network it is for itself alone.
 */
export async function askForAddress(
  terminal: Terminal,
  interfaces: typeof networkInterfaces = networkInterfaces,
): Promise<string> {
  const found = networkAddress(interfaces());
  const suggestion = found ?? THIS_MACHINE.name;
  const answer = await terminal.ask(
    `By which name or IP address does the other machine reach this one? [${suggestion}]`,
  );
  if (answer !== undefined && answer !== "") return answer;
  if (found === undefined) {
    terminal.warn(
      "This machine is in no network: nobody else reaches it. --address HOST says by what others do",
    );
  } else if (answer === undefined) {
    terminal.note(
      `The other machine is to reach this one at ${terminal.style.name(found)}; --address HOST says otherwise`,
    );
  }
  return suggestion;
}

function networkAddress(interfaces: ReturnType<typeof networkInterfaces>): string | undefined {
  const addresses = Object.values(interfaces).flatMap((found) => found ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}
