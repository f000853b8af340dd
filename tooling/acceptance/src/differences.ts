/** A behaviour of Rust's `ockam` that this one deliberately does not have. Texts are Markdown. */
export interface Difference {
  readonly rust: string;
  readonly ours: string;
  /** When it does not speak for itself. */
  readonly why?: string;
}

/** All that is known to differ, by what it is about. */
export const DIFFERENCES: Readonly<Record<string, readonly Difference[]>> = {
  "Output, errors and the environment": [
    {
      rust: "results have no final newline in a pipe, and are glued together; an auto-created node writes its name in front",
      ours: "one result, on its own lines; the name is on standard error",
      why: "scripts can tell them apart",
    },
    { rust: "many commands print nothing with `--output json`", ours: "every command has JSON" },
    {
      rust: "a `/-` or `-/` in any argument reads standard input, also a terminal",
      ours: "only a whole component `-` in a route, and never a terminal",
      why: "paths and URLs stay what they are",
    },
    {
      rust: "`NO_COLOR=1` is a usage error; escape codes remain with `NO_COLOR=true`",
      ours: "any value turns colours off, everywhere",
      why: "no-color.org",
    },
    {
      rust: "`QUIET` and `NO_INPUT` must be `true` or `false`",
      ours: "`true`, `1`, `yes`, `on` are on, all else is off",
    },
    {
      rust: "a usage error exits with 2 or 64, on either stream, depending on a pager",
      ours: "64, on standard error",
    },
    {
      rust: "`-v` suppresses the result and logs on standard output",
      ours: "the result stays, logs go to standard error",
    },
    {
      rust: "a jq filter that fails on the value ends the output silently",
      ours: "exit code 70 with the reason",
    },
    { rust: "a duration may have anything in front (`x5s`)", ours: "it is refused" },
    {
      rust: "after an error the same cause two or three times, with source locations",
      ours: "once, with the next step and a stable code",
    },
    { rust: "HTTP request to GitHub before every command, telemetry by default", ours: "neither" },
    { rust: "`environment` prints secrets", ours: "`***`" },
  ],
  "Nodes, messages and channels": [
    { rust: "`node start` loses outlets, inlets and options", ours: "the node comes back with what it had" },
    {
      rust: "`secure-channel create` without `--identity` uses the default identity",
      ours: "that of the node, like inlets",
      why: "one node, one identity",
    },
    { rust: "a stopped default node fails commands that name another one", ours: "it does not matter then" },
    {
      rust: "`node create --in-memory` in the background leaves a process that no command finds",
      ours: "refused",
    },
    {
      rust: "one request at a time: one that waits blocks all commands of that node",
      ours: "requests run side by side, and end with their command",
    },
    {
      rust: "a peer that is not authorized, or refuses us: no answer until the timeout",
      ours: "fails at once and says so",
    },
    {
      rust: "`tcp-connection show` and `delete` refuse the `/worker/ID` that `create` printed",
      ours: "it is taken",
    },
    { rust: "IPv6 socket addresses fail in outputs", ours: "they work" },
    {
      rust: "a node's TCP listener also serves its management",
      ours: "a node is managed through a socket that only its owner can open",
      why: "nobody on the network manages a node",
    },
  ],
  "Portals and relays": [
    {
      rust: "a relay whose name is taken replaces the other one; a refused one waits for 30 s",
      ours: "refused at once, with the reason",
      why: "names cannot be stolen",
    },
    { rust: "`relay delete` leaves the relay at the other node", ours: "it is gone there, too" },
    {
      rust: "`to` of a TLS outlet loses its scheme in JSON",
      ours: '`"tls": true` beside it; `"address"` beside raw address bytes',
    },
  ],
  Configurations: [
    {
      rust: "a configuration of a node that runs is an error",
      ours: "the node is made what the file says; what is so already stays",
      why: "the same file can be applied again",
    },
    {
      rust: "unknown keys at the top of a configuration, and of `services`, are skipped",
      ours: "an error with line, column and the nearest name",
      why: "a part that is missing is noticed",
    },
    {
      rust: "`policies` of a configuration without `at` go to the default node",
      ours: "to the node of the file",
    },
    {
      rust: "a variable's value is read as YAML",
      ours: "it is text",
      why: "what a variable brings cannot change the file's meaning",
    },
    {
      rust: "the trust options `--authority-*` and `--credential-scope` are dropped beside a configuration",
      ours: "they count, and are keys, too",
    },
  ],
  "Identities, credentials, policies and projects": [
    {
      rust: "`credential list` ignores its filters and calls every credential verified",
      ours: "it does not",
    },
    {
      rust: "`project list` and `show` ask the hosted service, and answer `[]` without it",
      ours: "they show what this machine knows",
    },
    {
      rust: "a ticket with a line end makes `project enroll` hang; a text ticket can change the id of its project",
      ours: "white space is trimmed; then the ticket is JSON in hex",
    },
    {
      rust: "`project enroll` stores the project before it uses the ticket, and throws the credential away",
      ours: "after, and keeps it for the nodes",
      why: "a failure leaves nothing behind",
    },
    { rust: "`project-member delete --all` does not ask", ours: "it does" },
    {
      rust: "what needs the hosted service waits for it, or says that I/O failed",
      ours: "says at once what does the same without it",
    },
    { rust: "`project create` needs the hosted service", ours: "it makes a project here" },
    {
      rust: "`authority create` issues credentials for 30 days, and removing a member takes effect when they end",
      ours: "minutes, and at once on our nodes",
    },
    { rust: "`authority create --disable-trust-context-id` fails in the background", ours: "it works" },
    {
      rust: "the same code is good at two authorities of one database, which share members, too",
      ours: "each has its own",
    },
    {
      rust: "a trusted identity that was changed stays a member when it is not trusted any more",
      ours: "it is removed at the next start",
    },
    { rust: "policies of types are written anew whenever a node starts", ours: "they stay as they were set" },
    {
      rust: "`policy create` at a node without authority is ignored",
      ours: "in force",
      why: "what was set protects",
    },
    {
      rust: "whom a policy denies hears nothing, and open connections stall",
      ours: "is refused at once, with the reason in `tcp-inlet show`; open connections are reset",
    },
  ],
  Kafka: [
    {
      rust: "Kafka portals fail with brokers 3.9 and later, on fetches over 1 MiB, on transactions and more, and then hang",
      ours: "they work: [protocol/kafka-portal.md](protocol/kafka-portal.md)",
    },
    {
      rust: "Kafka inlets, outlets and relays are gone after a restart of the node",
      ours: "they come back, brokers at the same ports",
      why: "running clients go on",
    },
    {
      rust: "`kafka-inlet delete` leaves listeners and relays running, `kafka-outlet delete` an outlet that stands in the way of the next; a `create` that fails leaves a listener",
      ours: "nothing is left",
    },
    {
      rust: "`tls://` in `--from` of a Kafka inlet has no effect",
      ours: "clients speak TLS, or it is an error",
    },
    { rust: "one Kafka outlet at a node", ours: "several, with `--prefix`" },
    {
      rust: "`--no-content-encryption` with `--encrypted-field` encrypts nothing, without a word",
      ours: "refused",
    },
    {
      rust: "`kafka-consumer delete` and `kafka-producer delete` fail without a terminal: they ask, and have no `--yes`",
      ours: "they have",
    },
    {
      rust: "`--consumer`, `--consumer-relay` and `--publishing-relay` do not know `/node/NAME`",
      ours: "they do",
    },
  ],
};

/** What is not there: the commands and options are known, and answer with one sentence and exit code 70. */
export const NOT_SUPPORTED: readonly { readonly what: string; readonly instead: string }[] = [
  {
    what: "UDP: `rendezvous`, `node create --udp`, `tcp-inlet create --udp`, `udp://` in `--from`",
    instead: "nodes connect over TCP; a relay reaches those that nobody can connect to",
  },
  {
    what: "privileged portals: `--privileged`",
    instead: "the same portal without it",
  },
  {
    what: "TLS with the clients of a TCP inlet: `--tls`, `--tls-certificate-provider`, `tls://` in `--from`",
    instead: "an inlet at 127.0.0.1: beyond it everything is encrypted. Kafka inlets do speak TLS",
  },
  {
    what: "keys in AWS KMS: `vault create --aws-kms`, `identity create --key-id`",
    instead: "vaults in files",
  },
  {
    what: "leases of InfluxDB tokens: `influxdb-outlet`, `influxdb-inlet`, `lease`",
    instead: '`tcp-inlet create --http-header "Authorization:Token TOKEN"`',
  },
  {
    what: "Okta: `project enroll --okta`, `authority create --tenant-base-url`",
    instead: "tickets",
  },
  {
    what: "state in PostgreSQL: `migrate-database`, `OCKAM_DATABASE_…`",
    instead: "files in `OCKAM_HOME`, which every command brings up to date",
  },
  {
    what:
      "the hosted service: `enroll`, `space`, `space-admin`, `project-admin`, `project version`, `project addon`, " +
      "`subscription`, `admin`, `share`, `sidecar`",
    instead:
      "a project of your own: `project create`. All but `enroll` begin with " +
      "`Please enroll using 'ockam enroll' before using this command`, as Rust's do",
  },
];
