import { connect, createServer } from "node:net";

// One hop of the plain proxy, in a process of its own: node pipe-hop.ts LISTEN_PORT TARGET_PORT
const [listenPort, targetPort] = process.argv.slice(2).map(Number);

const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const target = connect({ port: targetPort!, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  client.on("error", () => target.destroy());
  target.on("error", () => client.destroy());
  client.pipe(target).pipe(client);
});
server.listen({ port: listenPort!, host: "127.0.0.1", backlog: 2048 });
