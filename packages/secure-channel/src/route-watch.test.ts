import { encodeUtf8 } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import { expect, test } from "vitest";

import { FakeTime } from "../testing/fake-time.ts";
import { Twin } from "../testing/twin.ts";
import { createSecureChannel } from "./create-secure-channel.ts";
import { ROUTE_CHECK_INTERVAL, ROUTE_GRACE_PERIOD } from "./route-watch.ts";

const LONG = ROUTE_GRACE_PERIOD + 2 * ROUTE_CHECK_INTERVAL;

test("both ends give a channel up whose connection is gone for good", async () => {
  using time = new FakeTime();
  await using twin = await Twin.create();
  const connection = await twin.connect();
  const route = [connection.address, twin.listener.address];
  const channel = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
  const far = twin.listener.channels()[0]!;
  await time.advance(LONG);
  expect(twin.listener.channels()).toHaveLength(1);
  await connection.close();
  await time.advance(ROUTE_GRACE_PERIOD - 1);
  expect(twin.listener.channels()).toHaveLength(1);
  await time.advance(LONG - ROUTE_GRACE_PERIOD + 1);
  const lost = expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_CONNECTION_LOST" });
  expect(await channel.closed).toEqual(lost);
  expect(await far.closed).toEqual(lost);
  expect(twin.listener.channels()).toEqual([]);
  expect(time.timers).toBe(0);
});

test("a channel that moves to another connection in time goes on", async () => {
  using time = new FakeTime();
  await using twin = await Twin.create();
  const connection = await twin.connect();
  const route = [connection.address, twin.listener.address];
  const channel = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
  await connection.close();
  await time.advance(ROUTE_GRACE_PERIOD - ROUTE_CHECK_INTERVAL);
  channel.setRoute([(await twin.connect()).address]);
  expect(await channel.ping()).toBeGreaterThanOrEqual(0);
  await time.advance(2 * LONG);
  expect(twin.listener.channels()).toHaveLength(1);
  expect(await channel.ping()).toBeGreaterThanOrEqual(0);
});

test("what is sent while the connection is gone does not leave the peer deaf", async () => {
  using time = new FakeTime();
  await using twin = await Twin.create();
  const { router, options } = twin.initiator;
  const connection = await twin.connect();
  const channel = await createSecureChannel(router, [connection.address, twin.listener.address], options);
  await connection.close();
  const app = router.start(() => {});
  for (let lost = 0; lost < 100; lost++)
    await app.send([channel.address, Address.local("echo")], encodeUtf8("?"));
  await time.advance(ROUTE_CHECK_INTERVAL);
  channel.setRoute([(await twin.connect()).address]);
  expect(await channel.ping()).toBeGreaterThanOrEqual(0);
});

test("each loss has its own grace period", async () => {
  using time = new FakeTime();
  await using twin = await Twin.create();
  let connection = await twin.connect();
  const route = [connection.address, twin.listener.address];
  const channel = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
  for (let loss = 0; loss < 4; loss++) {
    await connection.close();
    await time.advance(ROUTE_GRACE_PERIOD - 2 * ROUTE_CHECK_INTERVAL);
    connection = await twin.connect();
    channel.setRoute([connection.address]);
    await channel.ping();
    await time.advance(2 * ROUTE_CHECK_INTERVAL);
  }
  expect(twin.listener.channels()).toHaveLength(1);
});

test("a channel inside a channel ends with the outer one", async () => {
  using time = new FakeTime();
  await using twin = await Twin.create();
  const { router, options } = twin.initiator;
  twin.responder.router.flowControls.addConsumer(twin.listener.address, twin.listener.flowControlId);
  const outer = await createSecureChannel(router, await twin.route(), options);
  const inner = await createSecureChannel(router, [outer.address, twin.listener.address], options);
  expect(twin.listener.channels()).toHaveLength(2);
  await outer.close();
  await time.advance(LONG);
  expect(await inner.closed).toMatchObject({ code: "OCKAM_SECURE_CHANNEL_CONNECTION_LOST" });
  expect(twin.listener.channels()).toEqual([]);
});

test("a key-exchange-only channel needs no route", async () => {
  using time = new FakeTime();
  await using twin = await Twin.create({ keyExchangeOnly: true });
  const connection = await twin.connect();
  const { router, options } = twin.initiator;
  const route = [connection.address, twin.listener.address];
  const channel = await createSecureChannel(router, route, { ...options, keyExchangeOnly: true });
  await connection.close();
  await time.advance(LONG);
  expect(channel.encrypt(new Uint8Array(1))).toHaveLength(8 + 1 + 16);
  expect(router.has(channel.address)).toBe(true);
  await channel.close();
});
