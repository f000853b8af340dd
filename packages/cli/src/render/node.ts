import { array, boolean, literal, named, nullable, number, object, optional, string } from "../json-shape.ts";
import { INLET } from "./inlet.ts";
import { KAFKA_INLET } from "./kafka-inlet.ts";
import { KAFKA_OUTLET } from "./kafka-outlet.ts";
import { OUTLET } from "./outlet.ts";
import { RELAY } from "./relay.ts";
import { SECURE_CHANNEL_LISTENER } from "./secure-channel-listener.ts";
import { SERVICE } from "./service.ts";
import { MESSAGE_TRAFFIC } from "./traffic.ts";
import { TRANSPORT } from "./transport.ts";
import { TRUST } from "./trust.ts";

/** A node as `--output json` prints it: what it said of itself, or what its record says. */
export const NODE = named("Node", {
  name: string(),
  identity_name: string(),
  is_default: boolean(),
  status: literal("running", "stopped"),
  pid: optional(number()),
  route: object({
    short: string("/node/NAME"),
    verbose: nullable(string(), "/dnsaddr/localhost/tcp/PORT; null without a TCP listener"),
  }),
  status_endpoint_address: nullable(string(), "IP:PORT"),
  answers: boolean("whether the node itself said this; one that hangs is running, and does not answer"),
  failure: nullable(string(), "why it did not: it is stopped, its process has ended, or it hangs"),
  started_at: nullable(string(), "ISO 8601, in UTC"),
  log_level: nullable(string(), "what it logs: entries of this level and of more important ones"),
  transports: array(TRANSPORT),
  tcp_connections: array(TRANSPORT),
  secure_channel_listeners: array(SECURE_CHANNEL_LISTENER),
  secure_channels: array(
    object({
      address: string("/service/ID"),
      role: literal("initiator", "responder"),
      their_identifier: string("I and 64 hex digits"),
      route: string("where encrypted messages go"),
      since: string("ISO 8601, in UTC"),
      traffic: MESSAGE_TRAFFIC,
    }),
  ),
  inlets: array(INLET),
  outlets: array(OUTLET),
  services: array(SERVICE),
  relays: array(RELAY),
  hosted_relays: array(
    object({
      address: string("/service/forward_to_NAME"),
      owner: nullable(string(), "I and 64 hex digits; null for whoever came without a secure channel"),
      since: string("ISO 8601, in UTC"),
      messages: number("that went to its owner"),
      bytes: number(),
    }),
  ),
  totals: object({
    secure_channels: number("how many there are; of these three lists the first 256 are told"),
    tcp_connections: number(),
    hosted_relays: number(),
  }),
  kafka_inlets: array(KAFKA_INLET),
  kafka_outlets: array(KAFKA_OUTLET),
  trust: optional(TRUST),
});
