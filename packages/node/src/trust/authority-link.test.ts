import { OckamError, silentLog } from "@ockam/codec";
import { Router } from "@ockam/core-routing";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";
import { expect, test, vi } from "vitest";

import { AuthorityLink } from "./authority-link.ts";
import type { AuthorityCalls, AuthorityPath, MembershipNews } from "./authority-link.ts";

const AUTHORITY = new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(3));
const SUBJECT = new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(1));

function newsOf(sequence: number): MembershipNews {
  return { sequence, complete: true, changes: [{ subject: SUBJECT, changedAt: sequence }] };
}

/** An authority that answers in memory. */
class Twin {
  readonly asked: (number | undefined)[] = [];
  readonly heard: MembershipNews[] = [];
  readonly paths: { cut(): void; isOpen: boolean }[] = [];
  readonly link: AuthorityLink;
  offers = true;
  isThere = true;
  issued = 0;
  reachable = 0;
  #tell: (news: MembershipNews) => void = () => {};

  constructor(sequence?: number) {
    this.link = new AuthorityLink({
      router: new Router(),
      authority: AUTHORITY,
      log: silentLog,
      sequence,
      connect: () => this.#connect(),
      onNews: (news) => this.heard.push(news),
      onReachable: () => {
        this.reachable += 1;
      },
    });
  }

  tell(sequence: number): void {
    this.#tell(newsOf(sequence));
  }

  async #connect(): Promise<AuthorityPath> {
    if (!this.isThere) throw new Error("refused");
    const end = new AbortController();
    const closed = new Promise<undefined>((resolve) => {
      end.signal.addEventListener("abort", () => resolve(undefined));
    });
    const path = {
      isOpen: true,
      cut: () => {
        path.isOpen = false;
        end.abort();
      },
    };
    this.paths.push(path);
    const client: AuthorityCalls = {
      issueCredential: async () => {
        if (!path.isOpen) throw new OckamError("OCKAM_AUTHORITY_UNANSWERED", "silence");
        this.issued += 1;
        return Uint8Array.of(this.issued);
      },
      membershipChanges: (since, { signal } = {}) => {
        this.asked.push(since);
        if (!this.offers) return Promise.resolve(undefined);
        if (since === undefined) return Promise.resolve({ sequence: 3, changes: [], complete: true });
        if (since === 0) return Promise.resolve({ ...newsOf(3), complete: false });
        return new Promise((resolve, reject) => {
          this.#tell = resolve;
          signal?.addEventListener("abort", () => reject(new Error("aborted")));
        });
      },
    };
    return { client, route: [], pingRoute: undefined, closed, close: async () => path.cut() };
  }
}

test("news are heard one after the other, from where they were heard before", async () => {
  const twin = new Twin(4);
  twin.link.follow();
  twin.link.follow();
  await vi.waitFor(() => expect(twin.asked).toEqual([4]));
  expect(twin.link.state).toBe("followed");
  twin.tell(5);
  await vi.waitFor(() => expect(twin.asked).toEqual([4, 5]));
  expect(twin.link.state).toBe("followed");
  twin.tell(9);
  await vi.waitFor(() => expect(twin.asked).toEqual([4, 5, 9]));
  expect(twin.heard.map(({ sequence }) => sequence)).toEqual([5, 9]);
  expect(twin.paths).toHaveLength(1);
  await twin.link.close();
  expect(twin.paths[0]?.isOpen).toBe(false);
});

test("the first time all that the authority still has is heard, and nothing counts as missed", async () => {
  const twin = new Twin();
  twin.link.follow();
  await vi.waitFor(() => expect(twin.asked).toEqual([undefined, 0, 3]));
  expect(twin.heard).toEqual([newsOf(3)]);
  await twin.link.close();
});

test("when the connection is gone another one is made, and credentials go over the one that is there", async () => {
  const twin = new Twin();
  twin.link.follow();
  await vi.waitFor(() => expect(twin.asked).toEqual([undefined, 0, 3]));
  const { signal } = new AbortController();
  expect(await twin.link.issueCredential(signal)).toEqual(Uint8Array.of(1));
  expect(twin.paths).toHaveLength(1);
  twin.paths[0]!.cut();
  await vi.waitFor(() => expect(twin.asked).toEqual([undefined, 0, 3, 3]));
  expect(twin.reachable).toBe(2);
  await twin.link.close();
});

test("an authority that has no news is left alone: a connection for each credential", async () => {
  const twin = new Twin();
  twin.offers = false;
  twin.link.follow();
  await vi.waitFor(() => expect(twin.link.state).toBe("not offered"));
  await vi.waitFor(() => expect(twin.paths[0]?.isOpen).toBe(false));
  const { signal } = new AbortController();
  expect(await twin.link.issueCredential(signal)).toEqual(Uint8Array.of(1));
  expect(twin.paths).toHaveLength(2);
  expect(twin.paths[1]?.isOpen).toBe(false);
  expect(twin.asked).toHaveLength(1);
  await twin.link.close();
});

test("an authority that is away is told as it is", async () => {
  const twin = new Twin();
  twin.isThere = false;
  twin.link.follow();
  const { signal } = new AbortController();
  await expect(twin.link.issueCredential(signal)).rejects.toThrow("refused");
  expect(twin.link.state).toBe("not followed");
  expect(twin.link.lastFailure?.message).toMatch(/refused/);
  twin.isThere = true;
  await vi.waitFor(() => expect(twin.reachable).toBe(1));
  await vi.waitFor(() => expect(twin.link.lastFailure).toBeUndefined());
  await twin.link.close();
});
