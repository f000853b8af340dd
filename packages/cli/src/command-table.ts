import type { Command } from "./command.ts";
import type { FormerKafkaGroup } from "./commands/former-kafka.ts";
import type { HostedCommand } from "./commands/hosted-command.ts";
import type { UnavailableCommand } from "./commands/unavailable-command.ts";

/** Loads the file of one command. */
export type LoadCommand = () => Promise<Command>;

/** Commands about one kind of thing. */
export interface CommandGroup {
  readonly summary: string;
  /** More about them, in Markdown. */
  readonly description?: string;
  /** Known, but not in the help. */
  readonly hidden?: boolean;
  readonly commands: Readonly<Record<string, LoadCommand>>;
}

/** All commands by their words. Nothing is loaded until it is run, or explained. */
export const COMMANDS: Readonly<Record<string, CommandGroup | LoadCommand>> = {
  portal: async () => (await import("./commands/portal.ts")).portal,
  node: {
    summary: "Nodes: long-lived processes that host services, portals and channels",
    commands: {
      create: async () => (await import("./commands/node-create.ts")).nodeCreate,
      list: async () => (await import("./commands/node-list.ts")).nodeList,
      show: async () => (await import("./commands/node-show.ts")).nodeShow,
      start: async () => (await import("./commands/node-start.ts")).nodeStart,
      stop: async () => (await import("./commands/node-stop.ts")).nodeStop,
      restart: async () => (await import("./commands/node-restart.ts")).nodeRestart,
      delete: async () => (await import("./commands/node-delete.ts")).nodeDelete,
      default: async () => (await import("./commands/node-default.ts")).nodeDefault,
      logs: async () => (await import("./commands/node-logs.ts")).nodeLogs,
      run: async () => (await import("./commands/node-run.ts")).nodeRun,
    },
  },
  identity: {
    summary: "Identities: who a node is, proven by keys that never leave the vault",
    commands: {
      create: async () => (await import("./commands/identity-create.ts")).identityCreate,
      show: async () => (await import("./commands/identity-show.ts")).identityShow,
      list: async () => (await import("./commands/identity-list.ts")).identityList,
      default: async () => (await import("./commands/identity-default.ts")).identityDefault,
      rotate: async () => (await import("./commands/identity-rotate.ts")).identityRotate,
      delete: async () => (await import("./commands/identity-delete.ts")).identityDelete,
    },
  },
  vault: {
    summary: "Vaults: where the secret keys of identities are kept",
    commands: {
      create: async () => (await import("./commands/vault-create.ts")).vaultCreate,
      show: async () => (await import("./commands/vault-show.ts")).vaultShow,
      list: async () => (await import("./commands/vault-list.ts")).vaultList,
      move: async () => (await import("./commands/vault-move.ts")).vaultMove,
      delete: async () => (await import("./commands/vault-delete.ts")).vaultDelete,
    },
  },
  "tcp-outlet": {
    summary: "TCP outlets: the end of a portal that is near the server",
    commands: {
      create: async () => (await import("./commands/tcp-outlet-create.ts")).tcpOutletCreate,
      list: async () => (await import("./commands/tcp-outlet-list.ts")).tcpOutletList,
      show: async () => (await import("./commands/tcp-outlet-show.ts")).tcpOutletShow,
      delete: async () => (await import("./commands/tcp-outlet-delete.ts")).tcpOutletDelete,
    },
  },
  "tcp-inlet": {
    summary: "TCP inlets: the end of a portal that clients connect to",
    commands: {
      create: async () => (await import("./commands/tcp-inlet-create.ts")).tcpInletCreate,
      list: async () => (await import("./commands/tcp-inlet-list.ts")).tcpInletList,
      show: async () => (await import("./commands/tcp-inlet-show.ts")).tcpInletShow,
      delete: async () => (await import("./commands/tcp-inlet-delete.ts")).tcpInletDelete,
    },
  },
  "kafka-outlet": {
    summary: "Kafka outlets: the end of a Kafka portal that is near the brokers",
    description: "How it works: [protocol/kafka-portal.md](protocol/kafka-portal.md).",
    commands: {
      create: async () => (await import("./commands/kafka-outlet-create.ts")).kafkaOutletCreate,
      list: async () => (await import("./commands/kafka-outlet-list.ts")).kafkaOutletList,
      show: async () => (await import("./commands/kafka-outlet-show.ts")).kafkaOutletShow,
      delete: async () => (await import("./commands/kafka-outlet-delete.ts")).kafkaOutletDelete,
    },
  },
  "kafka-inlet": {
    summary: "Kafka inlets: where producers and consumers connect, whose records no broker can read",
    description:
      "How it works: [protocol/kafka-portal.md](protocol/kafka-portal.md). `kafka-consumer create|list|delete` and `kafka-producer create|list|delete` are deprecated: they warn and do the same, `create` with `--addr`, `--bootstrap-server` (127.0.0.1:4000, of `kafka-producer` 127.0.0.1:5000), `--brokers-port-range` and `--project-route` in the place of the name, `--from` and `--to`.",
    commands: {
      create: async () => (await import("./commands/kafka-inlet-create.ts")).kafkaInletCreate,
      list: async () => (await import("./commands/kafka-inlet-list.ts")).kafkaInletList,
      show: async () => (await import("./commands/kafka-inlet-show.ts")).kafkaInletShow,
      delete: async () => (await import("./commands/kafka-inlet-delete.ts")).kafkaInletDelete,
    },
  },
  project: {
    summary: "Projects: a relay to meet at, and an authority that says who is a member",
    description: "How it works: [protocol/projects.md](protocol/projects.md).",
    commands: {
      create: async () => (await import("./commands/project-create.ts")).projectCreate,
      serve: async () => (await import("./commands/project-serve.ts")).projectServe,
      enroll: async () => (await import("./commands/project-enroll.ts")).projectEnroll,
      ticket: async () => (await import("./commands/project-ticket.ts")).projectTicket,
      import: async () => (await import("./commands/project-import.ts")).projectImport,
      list: async () => (await import("./commands/project-list.ts")).projectList,
      show: async () => (await import("./commands/project-show.ts")).projectShow,
      delete: async () => (await import("./commands/project-delete.ts")).projectDelete,
      information: async () => (await import("./commands/project-show.ts")).projectInformation,
      version: hosted("project version"),
      addon: hosted("project addon"),
    },
  },
  "project-member": {
    summary: "Members of a project: who they are and what their attributes say",
    description:
      "For enrollers: an identity whose attribute `ockam-role` is `enroller`. The authority is asked.",
    commands: {
      "list-ids": async () => (await import("./commands/project-member-list-ids.ts")).projectMemberListIds,
      list: async () => (await import("./commands/project-member-list.ts")).projectMemberList,
      add: async () => (await import("./commands/project-member-add.ts")).projectMemberAdd,
      show: async () => (await import("./commands/project-member-show.ts")).projectMemberShow,
      delete: async () => (await import("./commands/project-member-delete.ts")).projectMemberDelete,
    },
  },
  policy: {
    summary: "Policies: who may use what of a node",
    description: "[protocol/policies.md](protocol/policies.md) has the language and where a node asks.",
    commands: {
      create: async () => (await import("./commands/policy-create.ts")).policyCreate,
      list: async () => (await import("./commands/policy-list.ts")).policyList,
      show: async () => (await import("./commands/policy-show.ts")).policyShow,
      delete: async () => (await import("./commands/policy-delete.ts")).policyDelete,
    },
  },
  relay: {
    summary: "Relays: a name at another node under which those who cannot connect to a node reach it",
    description: "How it works: [protocol/relays.md](protocol/relays.md).",
    commands: {
      create: async () => (await import("./commands/relay-create.ts")).relayCreate,
      list: async () => (await import("./commands/relay-list.ts")).relayList,
      show: async () => (await import("./commands/relay-show.ts")).relayShow,
      delete: async () => (await import("./commands/relay-delete.ts")).relayDelete,
    },
  },
  "secure-channel": {
    summary: "Secure channels: mutually authenticated and encrypted, end to end over any route",
    commands: {
      create: async () => (await import("./commands/secure-channel-create.ts")).secureChannelCreate,
      list: async () => (await import("./commands/secure-channel-list.ts")).secureChannelList,
      show: async () => (await import("./commands/secure-channel-show.ts")).secureChannelShow,
      delete: async () => (await import("./commands/secure-channel-delete.ts")).secureChannelDelete,
    },
  },
  "secure-channel-listener": {
    summary: "Secure channel listeners: where others open channels to a node",
    commands: {
      create: async () =>
        (await import("./commands/secure-channel-listener-create.ts")).secureChannelListenerCreate,
      list: async () =>
        (await import("./commands/secure-channel-listener-list.ts")).secureChannelListenerList,
      show: async () =>
        (await import("./commands/secure-channel-listener-show.ts")).secureChannelListenerShow,
      delete: async () =>
        (await import("./commands/secure-channel-listener-delete.ts")).secureChannelListenerDelete,
    },
  },
  "tcp-connection": {
    summary: "TCP connections from a node to another",
    commands: {
      create: async () => (await import("./commands/tcp-connection-create.ts")).tcpConnectionCreate,
      list: async () => (await import("./commands/tcp-connection-list.ts")).tcpConnectionList,
      show: async () => (await import("./commands/tcp-connection-show.ts")).tcpConnectionShow,
      delete: async () => (await import("./commands/tcp-connection-delete.ts")).tcpConnectionDelete,
    },
  },
  "tcp-listener": {
    summary: "TCP listeners: where other nodes connect to a node",
    commands: {
      create: async () => (await import("./commands/tcp-listener-create.ts")).tcpListenerCreate,
      list: async () => (await import("./commands/tcp-listener-list.ts")).tcpListenerList,
      show: async () => (await import("./commands/tcp-listener-show.ts")).tcpListenerShow,
      delete: async () => (await import("./commands/tcp-listener-delete.ts")).tcpListenerDelete,
    },
  },
  message: {
    summary: "Messages to any worker that a route reaches",
    commands: { send: async () => (await import("./commands/message-send.ts")).messageSend },
  },
  worker: {
    summary: "Workers: all that has an address in a node",
    commands: { list: async () => (await import("./commands/worker-list.ts")).workerList },
  },
  service: {
    summary: "Services: workers at well-known addresses",
    commands: {
      list: async () => (await import("./commands/service-list.ts")).serviceList,
      start: async () => (await import("./commands/service-start.ts")).serviceStart,
    },
  },
  "flow-control": {
    summary: "Flow controls: what the messages of a channel or connection may reach",
    commands: {
      "add-consumer": async () =>
        (await import("./commands/flow-control-add-consumer.ts")).flowControlAddConsumer,
    },
  },
  authority: {
    summary: "Authorities: they say who the members of a project are",
    description: "How it works: [protocol/authority.md](protocol/authority.md).",
    commands: {
      create: async () => (await import("./commands/authority-create.ts")).authorityCreate,
    },
  },
  credential: {
    summary: "Credentials: what an identity says of another one, signed, for a time",
    description:
      "An authority issues them to the members of a project; these commands do it by hand: [protocol/credentials.md](protocol/credentials.md).",
    commands: {
      issue: async () => (await import("./commands/credential-issue.ts")).credentialIssue,
      verify: async () => (await import("./commands/credential-verify.ts")).credentialVerify,
      store: async () => (await import("./commands/credential-store.ts")).credentialStore,
      list: async () => (await import("./commands/credential-list.ts")).credentialList,
    },
  },
  run: async () => (await import("./commands/run.ts")).run,
  status: async () => (await import("./commands/status.ts")).status,
  reset: async () => (await import("./commands/reset.ts")).reset,
  environment: async () => (await import("./commands/environment.ts")).environment,
  completion: async () => (await import("./commands/completion.ts")).completion,
  manpages: async () => (await import("./commands/manpages.ts")).manpages,
  markdown: async () => (await import("./commands/markdown.ts")).markdown,
  ls: async () => (await import("./commands/node-list.ts")).ls,
  ps: async () => (await import("./commands/node-list.ts")).ps,
  // What became one thing, the Kafka inlet.
  "kafka-consumer": formerKafka("kafka-consumer"),
  "kafka-producer": formerKafka("kafka-producer"),
  // What this program does not do: each takes whatever follows it, and says so.
  "influxdb-inlet": unavailableGroup("influxdb-inlet create"),
  "influxdb-outlet": unavailableGroup("influxdb-outlet create"),
  rendezvous: unavailableGroup("rendezvous create", "rendezvous get-my-address"),
  "migrate-database": unavailable("migrate-database"),
  // What only the hosted service has: each takes whatever follows it.
  enroll: hosted("enroll"),
  space: hosted("space"),
  "space-admin": hosted("space-admin"),
  "project-admin": hosted("project-admin"),
  subscription: hosted("subscription"),
  admin: hosted("admin"),
  lease: hosted("lease"),
  share: hosted("share"),
  sidecar: hosted("sidecar"),
};

function hosted(name: HostedCommand): LoadCommand {
  return async () => (await import("./commands/hosted-command.ts")).hostedCommand(name);
}

function unavailable(name: UnavailableCommand): LoadCommand {
  return async () => (await import("./commands/unavailable-command.ts")).unavailableCommand(name);
}

function unavailableGroup(...names: readonly UnavailableCommand[]): CommandGroup {
  const commands = names.map((name) => [name.slice(name.indexOf(" ") + 1), unavailable(name)] as const);
  return { summary: "Is not supported", hidden: true, commands: Object.fromEntries(commands) };
}

function formerKafka(name: FormerKafkaGroup): CommandGroup {
  const load = async () => (await import("./commands/former-kafka.ts")).formerKafkaCommands(name);
  return {
    summary: "Deprecated: a Kafka inlet serves producers and consumers",
    hidden: true,
    commands: {
      create: async () => (await load()).create,
      list: async () => (await load()).list,
      delete: async () => (await load()).delete,
    },
  };
}
