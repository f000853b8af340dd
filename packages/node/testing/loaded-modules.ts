// Prints, as JSON, whether the Kafka portals are loaded before and after a node gets one.
import { registerHooks } from "node:module";

const loaded = new Set<string>();
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    loaded.add(resolved.url);
    return resolved;
  },
});
const { createNode, openState } = await import("../src/index.ts");

await using node = await createNode({ state: openState({ inMemory: true }), tcpListenerAddress: "off" });
node.kafkaInlets.list();
node.show();
const before = hasKafka();
await node.kafkaOutlets.create({});
process.stdout.write(JSON.stringify({ before, after: hasKafka() }));

function hasKafka(): boolean {
  return Array.from(loaded).some((url) => /portal-kafka|kafka-protocol/.test(url));
}
