/** A variable of the environment that the command, or the one in Rust, knows. */
export interface EnvironmentVariable {
  readonly name: string;
  /** What it does; of one without effect, what it does in Rust's command. */
  readonly meaning: string;
  /** What holds when it is not set. */
  readonly fallback?: string;
  /** Its value is not shown. */
  readonly isSecret?: boolean;
  /** Why it has no effect here, and what does instead. */
  readonly withoutEffect?: string;
}

const ON = "true, 1, yes or on, in any case";
const NO_TELEMETRY = "nothing is ever sent to anybody but the peers of a node";
const NO_POSTGRES = "the state is in SQLite; OCKAM_HOME says where";
const NO_UDP = "there is no UDP transport yet";
const NO_HOSTED_SERVICE = "there is no hosted service here: see 'ockam project create'";
const LOGS_ARE_OURS = "entries have levels and areas, not crates";

/** All of them: those that count, then those that Rust's command reads and this one does not. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  {
    name: "OCKAM_HOME",
    meaning: "The folder in which nodes, identities, vaults and projects are kept",
    fallback: ".ockam in the home folder of the user",
  },
  {
    name: "OCKAM_DEFAULT_TIMEOUT",
    meaning: "How long a request to a node may take, like 30s or 2m",
    fallback: "120s",
  },
  {
    name: "OCKAM_COMMAND_RETRY_COUNT",
    meaning: "How often commands that may fail for want of a peer are tried: as --retry-count",
    fallback: "once; 3 with OCKAM_COMMAND_RETRY_DELAY",
  },
  {
    name: "OCKAM_COMMAND_RETRY_DELAY",
    meaning: "How long they wait before the next try: as --retry-delay",
    fallback: "5s with OCKAM_COMMAND_RETRY_COUNT",
  },
  {
    name: "OCKAM_SQLITE_IN_MEMORY",
    meaning: "true: a node in the foreground keeps its state in memory",
    fallback: "false",
  },
  {
    name: "ENROLLMENT_TICKET",
    meaning: "A ticket: 'node create' enrols the node's identity with it first",
    isSecret: true,
  },
  {
    name: "CREDENTIAL_TTL_SECS",
    meaning: "How long the credentials of an authority or project that is created are valid, in seconds",
    fallback: "what the authority's command says",
  },
  {
    name: "OCKAM_TCP_PORTAL_SKIP_HANDSHAKE",
    meaning: `${ON}: portals do not wait for the other end before data flows`,
    fallback: "false",
  },
  {
    name: "OCKAM_TCP_PORTAL_ENABLE_NAGLE",
    meaning: `${ON}: the system gathers the small packets of portals`,
    fallback: "false",
  },
  {
    name: "OCKAM_LOG_LEVEL",
    meaning: "What a node in the background logs: off, error, warn, info, debug or trace",
    fallback: "debug",
  },
  {
    name: "OCKAM_LOG_FORMAT",
    meaning: "How it logs: default, or json for one object a line",
    fallback: "default",
  },
  {
    name: "OCKAM_LOG_MAX_FILES",
    meaning: "How many log files of a node are kept",
    fallback: "60",
  },
  {
    name: "OCKAM_LOG_MAX_SIZE_MB",
    meaning: "At which size a log file is continued in another one, in megabytes",
    fallback: "100",
  },
  { name: "QUIET", meaning: `${ON}: as --quiet`, fallback: "false" },
  { name: "NO_COLOR", meaning: "Any value but none: as --no-color", fallback: "colours at a terminal" },
  { name: "FORCE_COLOR", meaning: "Any value but none, 0 and false: colours also in a pipe or file" },
  { name: "TERM", meaning: "dumb: a terminal without colours and moving parts" },
  { name: "LC_ALL", meaning: "A language without UTF-8, as C or POSIX: drawings are in plain ASCII" },
  { name: "LC_CTYPE", meaning: "The same, when LC_ALL is not set" },
  { name: "LANG", meaning: "The same, when neither is set", fallback: "drawings are in Unicode" },
  { name: "NO_INPUT", meaning: `${ON}: as --no-input`, fallback: "false" },
  {
    name: "NODE_COMPILE_CACHE",
    meaning: "The folder in which Node.js keeps compiled code, which makes commands start faster",
    fallback: "a folder among the temporary files",
  },
  {
    name: "OCKAM_DISABLE_UPGRADE_CHECK",
    meaning: "No look for a newer version before each command",
    withoutEffect: "no command looks for one",
  },
  {
    name: "OCKAM_TELEMETRY_EXPORT",
    meaning: "Whether traces and logs are sent to a collector",
    withoutEffect: NO_TELEMETRY,
  },
  {
    name: "OCKAM_OPENTELEMETRY_EXPORT",
    meaning: "The former name of OCKAM_TELEMETRY_EXPORT",
    withoutEffect: NO_TELEMETRY,
  },
  {
    name: "OCKAM_OPENTELEMETRY_ENDPOINT",
    meaning: "Where the collector is",
    withoutEffect: NO_TELEMETRY,
  },
  {
    name: "OCKAM_OPENTELEMETRY_HEADERS",
    meaning: "What is sent along to the collector",
    isSecret: true,
    withoutEffect: NO_TELEMETRY,
  },
  {
    name: "OCKAM_TELEMETRY_EXPORT_VIA_PROJECT",
    meaning: "Whether traces take the way through the project",
    withoutEffect: NO_TELEMETRY,
  },
  {
    name: "OCKAM_TELEMETRY_EXPORT_VIA_AUTHORITY",
    meaning: "Whether traces take the way through the authority",
    withoutEffect: NO_TELEMETRY,
  },
  {
    name: "OCKAM_DATABASE_CONNECTION_URL",
    meaning: "The PostgreSQL database of the state",
    isSecret: true,
    withoutEffect: NO_POSTGRES,
  },
  {
    name: "OCKAM_DATABASE_INSTANCE",
    meaning: "Host, port and name of that database",
    withoutEffect: NO_POSTGRES,
  },
  { name: "OCKAM_DATABASE_USER", meaning: "Its user", withoutEffect: NO_POSTGRES },
  {
    name: "OCKAM_DATABASE_PASSWORD",
    meaning: "The password of that user",
    isSecret: true,
    withoutEffect: NO_POSTGRES,
  },
  {
    name: "OCKAM_DATABASE_USERNAME_AND_PASSWORD",
    meaning: "Both, as JSON",
    isSecret: true,
    withoutEffect: NO_POSTGRES,
  },
  {
    name: "OCKAM_LOGGING",
    meaning: "Commands leave logs in files",
    withoutEffect: "commands say on standard error what happens, with -v or -vvv; nodes always log",
  },
  { name: "OCKAM_LOG", meaning: "The former name of OCKAM_LOG_LEVEL", withoutEffect: LOGS_ARE_OURS },
  {
    name: "OCKAM_LOG_CRATES_FILTER",
    meaning: "Whose entries are logged",
    withoutEffect: LOGS_ARE_OURS,
  },
  {
    name: "OCKAM_PRIVILEGED",
    meaning: "Portals of raw packets, for root",
    withoutEffect: "portals take connections, and need no rights",
  },
  {
    name: "OCKAM_TCP_PORTAL_PAYLOAD_LENGTH",
    meaning: "How much of a connection goes into one message at most, in bytes",
    withoutEffect: "it is 131072, as Rust has it unless told otherwise",
  },
  { name: "OCKAM_RENDEZVOUS_SERVER", meaning: "Who tells UDP peers their addresses", withoutEffect: NO_UDP },
  {
    name: "OCKAM_UDP_PENDING_MESSAGES_PER_PEER",
    meaning: "How many unfinished messages a UDP peer may have",
    withoutEffect: NO_UDP,
  },
  {
    name: "OCKAM_UDP_MAX_ON_THE_WIRE_PACKET_SIZE",
    meaning: "The largest UDP packet, in bytes",
    withoutEffect: NO_UDP,
  },
  {
    name: "OCKAM_CONTROL_API_AUTHENTICATION_TOKEN",
    meaning: "What callers of the HTTP control API must show",
    isSecret: true,
    withoutEffect: 'a node takes orders from its owner on its own machine only: docs/node.md, "Control"',
  },
  {
    name: "OCKAM_CONTROLLER_ADDR",
    meaning: "Where the hosted service is",
    withoutEffect: NO_HOSTED_SERVICE,
  },
  {
    name: "OCKAM_CONTROLLER_IDENTITY_ID",
    meaning: "Who the hosted service is",
    withoutEffect: NO_HOSTED_SERVICE,
  },
  {
    name: "OCKAM_AUTHENTICATOR_ENDPOINT",
    meaning: "Where users of the hosted service sign in",
    withoutEffect: NO_HOSTED_SERVICE,
  },
  {
    name: "OCKAM_ORCHESTRATOR_UI_URL",
    meaning: "The web page of the hosted service",
    withoutEffect: NO_HOSTED_SERVICE,
  },
];
