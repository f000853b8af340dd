import { literal, named, string } from "../json-shape.ts";

/** A service of a node as `--output json` prints it. */
export const SERVICE = named("Service", {
  addr: string(),
  type: literal("uppercase", "echo", "hop", "secure_channel_listener", "kafka_inlet", "kafka_outlet"),
});
