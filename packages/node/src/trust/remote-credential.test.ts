import { silentLog } from "@ockam/codec";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { codeOf } from "../../testing/nodes.ts";
import { SqliteState } from "../state/sqlite-state.ts";
import {
  EARLIEST_RENEWAL,
  LATEST_RENEWAL,
  MAX_FETCH_PAUSE_WITHOUT,
  MAX_RENEWAL_INTERVAL,
  RemoteCredential,
} from "./remote-credential.ts";

beforeEach(() => vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => vi.useRealTimers());

const WAIT = { timeout: 1000 };

interface Member {
  readonly state: SqliteState;
  readonly issuer: Issuer;
  readonly times: number[];
  readonly news: () => number;
  /** What the authority does when it is asked. */
  answer: (signal: AbortSignal) => Promise<Uint8Array>;
  /** A node of the state. */
  create(options?: { random?: () => number; changedAt?: number }): Promise<RemoteCredential>;
  issue(ttl: number, attributes?: Readonly<Record<string, string>>): Promise<Uint8Array>;
}

async function member(): Promise<Member> {
  const state = SqliteState.open({ inMemory: true });
  const issuer = await Issuer.create();
  const { name } = await state.identities.create();
  const { identities, identifier } = state.identities.open(name);
  await identities.import(issuer.changeHistory);
  const times: number[] = [];
  let news = 0;
  const self: Member = {
    state,
    issuer,
    times,
    news: () => news,
    answer: () => self.issue(10),
    create: async ({ changedAt, random = () => 0 } = {}) =>
      new RemoteCredential({
        key: { subject: identifier, issuer: issuer.identifier, scope: "s" },
        identities,
        credentials: state.credentials,
        log: silentLog,
        route: "/ip4/10.0.0.1/tcp/1/service/api",
        fetch: (signal) => {
          times.push((Date.now() - 1_700_000_000_000) / 1000);
          return self.answer(signal);
        },
        onNew: () => {
          news += 1;
        },
        random,
        changedAt,
      }),
    issue: async (ttl, attributes = {}) => {
      const credential = await issuer.issue(await identities.export(identifier), attributes, ttl);
      return credential.encoded;
    },
  };
  return self;
}

test("the first one is fetched when it is needed, and then used until it expires", async () => {
  const m = await member();
  await using source = await m.create();
  expect(source.current()).toBeUndefined();
  const [a, b] = await Promise.all([source.obtain(WAIT), source.obtain(WAIT)]);
  expect(a).toBe(b);
  expect(m.times).toEqual([0]);
  await vi.advanceTimersByTimeAsync(9000);
  expect(source.current()).toBe(a);
  await vi.advanceTimersByTimeAsync(1000);
  expect(source.current()).toBeUndefined();
  // Nobody told it to keep it fresh.
  expect(m.times).toEqual([0]);
});

test("it is renewed at half its lifetime at the earliest, at seven tenths at the latest", async () => {
  for (const [random, part] of [
    [() => 0, EARLIEST_RENEWAL],
    [() => 1, LATEST_RENEWAL],
  ] as const) {
    const m = await member();
    m.answer = () => m.issue(300);
    await using source = await m.create({ random });
    const before = Date.now();
    source.start();
    await source.obtain(WAIT);
    expect(Math.abs(source.renewsAt! - before / 1000 - part * 300)).toBeLessThanOrEqual(1);
    await vi.advanceTimersByTimeAsync(part * 300_000 - 1000);
    expect(m.times).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(m.times).toHaveLength(2);
    expect(m.news()).toBe(2);
    expect(Date.now()).toBeGreaterThan(before);
  }
});

test("however long it lives, the authority is asked once a day", async () => {
  const m = await member();
  m.answer = () => m.issue(30 * 24 * 3600);
  await using source = await m.create();
  source.start();
  await source.obtain(WAIT);
  await vi.advanceTimersByTimeAsync(MAX_RENEWAL_INTERVAL + 1000);
  expect(m.times).toHaveLength(2);
});

test("while the authority is away the old one is used, pauses stay short, and all heals when it is back", async () => {
  const m = await member();
  await using source = await m.create({ random: () => 0 });
  source.start();
  const first = await source.obtain(WAIT);
  m.answer = () => Promise.reject(new Error("nobody is there"));
  await vi.advanceTimersByTimeAsync(9900);
  expect(source.current()).toBe(first);
  expect(source.lastFailure?.message).toBe("nobody is there");
  // No pause is longer than a tenth of the lifetime.
  const pauses = m.times.slice(2).map((time, i) => time - m.times[i + 1]!);
  expect(pauses.length).toBeGreaterThan(3);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1.01);
  await vi.advanceTimersByTimeAsync(200);
  expect(source.current()).toBeUndefined();
  await expect(source.obtain(WAIT)).rejects.toThrow(/from the authority I[0-9a-f]+ at .*nobody is there/);
  expect(await codeOf(() => source.obtain(WAIT))).toBe("OCKAM_NODE_NO_CREDENTIAL");
  m.answer = () => m.issue(10);
  await vi.advanceTimersByTimeAsync(MAX_FETCH_PAUSE_WITHOUT);
  expect(source.current()).toBeDefined();
  expect(source.lastFailure).toBeUndefined();
});

test("an authority that can be reached again is asked at once", async () => {
  const m = await member();
  m.answer = () => Promise.reject(new Error("nobody is there"));
  await using source = await m.create();
  source.start();
  await vi.advanceTimersByTimeAsync(30_000);
  const before = m.times.length;
  m.answer = () => m.issue(10);
  source.onReachable();
  await vi.advanceTimersByTimeAsync(0);
  expect(m.times).toHaveLength(before + 1);
  expect(source.current()).toBeDefined();
});

test("who waits is told after his time, and when he gives up", async () => {
  const m = await member();
  m.answer = (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("closed"))));
  await using source = await m.create();
  const waiting = codeOf(() => source.obtain({ timeout: 500 }));
  const abort = new AbortController();
  const given = codeOf(() => source.obtain({ timeout: 5000, signal: abort.signal }));
  await vi.advanceTimersByTimeAsync(500);
  expect(await waiting).toBe("OCKAM_NODE_NO_CREDENTIAL");
  abort.abort("enough");
  expect(await given).toBe("enough");
  // The attempt that goes on does not keep the node from closing.
});

test("a restarted node uses what it had, and another one of the state what this one renewed", async () => {
  const m = await member();
  const one = await m.create({ random: () => 0 });
  one.start();
  const first = await one.obtain(WAIT);
  await using two = await m.create({ random: () => 1 });
  two.start();
  expect((await two.obtain(WAIT)).encoded).toEqual(first.encoded);
  expect(m.times).toEqual([0]);
  // The one renews at 5 s; the other looks at 7 s and finds it.
  await vi.advanceTimersByTimeAsync(7500);
  expect(m.times).toHaveLength(2);
  expect(two.current()?.encoded).toEqual(one.current()?.encoded);
  expect(two.current()?.encoded).not.toEqual(first.encoded);
  await one.close();
});

test("a credential of somebody else, a tampered one or another authority's is not taken", async () => {
  const m = await member();
  await using source = await m.create();
  const other = await Issuer.create();
  const stranger = await other.identities.create();
  const good = await m.issue(10);
  const tampered = good.slice();
  tampered[60]! ^= 1;
  for (const bad of [
    (await m.issuer.issue(stranger.changeHistory, {}, 10)).encoded,
    tampered,
    (await other.issue(stranger.changeHistory, {}, 10)).encoded,
    Uint8Array.of(0x80),
  ]) {
    m.answer = async () => bad;
    await vi.advanceTimersByTimeAsync(1000);
    expect(await codeOf(() => source.obtain(WAIT))).toBe("OCKAM_NODE_NO_CREDENTIAL");
  }
  expect(m.state.credentials.list()).toEqual([]);
  m.answer = async () => good;
  await vi.advanceTimersByTimeAsync(1000);
  expect((await source.obtain(WAIT)).encoded).toEqual(good);
});

test("after a change of the own attributes another one is fetched at once, even in the middle of an attempt", async () => {
  const m = await member();
  m.answer = () => m.issue(300, { role: "client" });
  await using source = await m.create();
  source.start();
  const first = await source.obtain(WAIT);
  await vi.advanceTimersByTimeAsync(2000);
  m.answer = () => m.issue(300, { role: "operator" });
  source.onChanged(first.createdAt);
  await vi.advanceTimersByTimeAsync(0);
  expect(source.current()?.attributes.text("role")).toBe("operator");
  // Heard again, or late: the credential is newer.
  source.onChanged(first.createdAt);
  await vi.advanceTimersByTimeAsync(0);
  expect(m.times).toHaveLength(2);
});

test("a stored credential that is void by a change is not used after a restart", async () => {
  const m = await member();
  const one = await m.create();
  const { createdAt } = await one.obtain(WAIT);
  await one.close();
  await vi.advanceTimersByTimeAsync(2000);
  await using two = await m.create({ changedAt: createdAt });
  expect((await two.obtain(WAIT)).createdAt).toBeGreaterThan(createdAt);
  expect(m.times).toHaveLength(2);
});

test("a clock that is ahead of the authority's does not make it ask all the time", async () => {
  const m = await member();
  const issuedBefore = await m.issue(60);
  await vi.advanceTimersByTimeAsync(50_000);
  m.answer = async () => issuedBefore;
  await using source = await m.create();
  source.start();
  await source.obtain(WAIT);
  await vi.advanceTimersByTimeAsync(5000);
  expect(m.times).toHaveLength(1);
});
