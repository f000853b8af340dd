import { array, boolean, named, nullable, string } from "../json-shape.ts";
import { RAW_ADDRESS } from "./raw-address.ts";

/** A secure channel listener as `--output json` prints it. */
export const SECURE_CHANNEL_LISTENER = named("SecureChannelListener", {
  address: RAW_ADDRESS,
  service: string("/service/ADDRESS"),
  flow_control_id: string(),
  is_key_exchange_only: boolean(),
  identifier: string("its own: I and 64 hex digits"),
  authorized_identifiers: nullable(array(string()), "whom it accepts; null for anybody"),
});
