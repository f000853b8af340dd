// Opens the state when it is told to, and creates an identity.
import { once } from "node:events";

import { isOckamError } from "@ockam/codec";

import { openState } from "../src/state/sqlite-state.ts";

process.send?.("ready");
const [name] = (await once(process, "message")) as [string];
try {
  using state = openState();
  const { identifier } = await state.identities.create({ name });
  process.send?.({ identifier: identifier.toString() });
} catch (error) {
  process.send?.({ error: isOckamError(error) ? `${error.code} ${error.message}` : String(error) });
}
process.disconnect?.();
