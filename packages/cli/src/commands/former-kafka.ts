import type { Command, GivenArguments } from "../command.ts";
import { text } from "../option.ts";
import { kafkaInletCreate } from "./kafka-inlet-create.ts";
import { kafkaInletDelete } from "./kafka-inlet-delete.ts";
import { kafkaInletList } from "./kafka-inlet-list.ts";

/** Commands that Rust's `ockam` had for what is a Kafka inlet by now, and still takes. */
export type FormerKafkaGroup = "kafka-consumer" | "kafka-producer";

const BOOTSTRAP_SERVERS: Readonly<Record<FormerKafkaGroup, string>> = {
  "kafka-consumer": "127.0.0.1:4000",
  "kafka-producer": "127.0.0.1:5000",
};

/** The commands of such a group: each warns, and does what that of `kafka-inlet` does. */
export function formerKafkaCommands(group: FormerKafkaGroup): Record<"create" | "list" | "delete", Command> {
  return {
    create: former(
      group,
      "create --project-route /node/n1/secure/api",
      createCommand(BOOTSTRAP_SERVERS[group]),
    ),
    list: former(group, "list --at n1", kafkaInletList),
    delete: former(group, "delete kafka_inlet --yes", kafkaInletDelete),
  };
}

function former(group: FormerKafkaGroup, example: string, command: Command): Command {
  const [word] = example.split(" ");
  return {
    ...command,
    hidden: true,
    examples: [`${group} ${example}`],
    read(given) {
      const run = command.read(given);
      return (terminal) => {
        terminal.warn(`'ockam ${group} ${word}' is deprecated: use 'ockam kafka-inlet ${word}'`);
        return run(terminal);
      };
    },
  };
}

/** `kafka-inlet create` with the options of old, and no others. */
function createCommand(bootstrapServer: string): Command {
  const { at, brokersPortRange, from, to } = kafkaInletCreate.options;
  return {
    ...kafkaInletCreate,
    positionals: {},
    options: {
      at: at!,
      addr: text("NAME", "Its name", { fallback: "kafka_inlet" }),
      bootstrapServer: { ...from!, fallback: bootstrapServer },
      brokersPortRange: brokersPortRange!,
      projectRoute: to!,
    },
    read: (given) => kafkaInletCreate.read(translated(given, bootstrapServer)),
  };
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ["bootstrapServer", "from"],
  ["projectRoute", "to"],
]);

function translated({ options }: GivenArguments, bootstrapServer: string): GivenArguments {
  const named = new Map([["from", [bootstrapServer] as readonly string[]]]);
  for (const [key, values] of options) named.set(NAMES.get(key) ?? key, values);
  const positionals = named.get("addr") ?? [];
  named.delete("addr");
  return { positionals, options: named };
}
