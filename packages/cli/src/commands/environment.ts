import { defineCommand, type Command } from "../command.ts";

const VARIABLES: Readonly<Record<string, string>> = {
  OCKAM_HOME: "where nodes, identities and vaults are kept; ~/.ockam by default",
  OCKAM_DEFAULT_TIMEOUT: "how long a request to a node may take; 120s by default",
  OCKAM_SQLITE_IN_MEMORY: "true: a node in the foreground keeps its state in memory",
  OCKAM_TCP_PORTAL_SKIP_HANDSHAKE: "true: portals do not wait for the other side before data flows",
  OCKAM_TCP_PORTAL_ENABLE_NAGLE: "true: portals let the kernel gather small packets",
  CREDENTIAL_TTL_SECS: "how long the credentials of an authority or project that is created are valid",
  QUIET: "true: nothing but results and errors",
  NO_COLOR: "any value: no colours",
  NO_INPUT: "true: never ask",
};

export const environment: Command = defineCommand({
  summary: "Show the variables of the environment that count, and how they are set",
  async run() {
    const names = new Set([...Object.keys(VARIABLES), ...Object.keys(process.env).filter(isOurs)].toSorted());
    const variables = [...names].map((name) => ({
      name,
      value: mask(name, process.env[name]),
      meaning: VARIABLES[name] ?? null,
    }));
    return {
      json: () => variables,
      plain: (style) =>
        variables
          .map(({ name, value, meaning }) =>
            [
              style.row(`${style.name(name)}${value === null ? "" : `=${value}`}`),
              ...(meaning === null ? [] : [style.row(`  ${meaning}`)]),
            ].join("\n"),
          )
          .join("\n"),
    };
  },
});

function isOurs(name: string): boolean {
  return name.includes("OCKAM") || name === "ENROLLMENT_TICKET";
}

/** Secrets are named, never shown. */
function mask(name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  return /PASSWORD|TOKEN|TICKET|SECRET|CONNECTION_URL/.test(name) ? "***" : value;
}
