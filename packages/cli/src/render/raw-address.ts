import { array, named, number } from "../json-shape.ts";

/** An address as Rust's command prints it. */
export const RAW_ADDRESS = named("RawAddress", {
  tt: number("type of transport; 0 for the workers of a node"),
  inner: array(number(), "the bytes of its name"),
});
