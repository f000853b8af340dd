import { encodeUtf8 } from "@ockam/codec";
import { expect, test } from "vitest";

import { Twin, until } from "../testing/twin.ts";
import { createSecureChannel } from "./create-secure-channel.ts";

test("two nodes talk", async () => {
  await using twin = await Twin.create();
  const channel = await createSecureChannel(
    twin.initiator.router,
    await twin.route(),
    twin.initiator.options,
  );
  expect(channel.peer.equals(twin.responder.identifier)).toBe(true);
  const answer = await twin.initiator.router.request(
    [channel.address, (await import("@ockam/core-routing")).Address.local("echo")],
    encodeUtf8("hello"),
  );
  expect(answer.payload).toEqual(encodeUtf8("hello"));
  const [near] = twin.listener.channels();
  expect(near!.peer.equals(twin.initiator.identifier)).toBe(true);
  await channel.close();
  await until(() => twin.listener.channels().length === 0);
});
