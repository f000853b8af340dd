import { describe, expect, test } from "vitest";

import { MAX_KNOWN_KEYS } from "./inlet-key-store.ts";
import { MAX_KNOWN_GROUNDS } from "./key-exchange.ts";
import { RecentEntries } from "./recent-entries.ts";
import { MAX_KNOWN_READERS } from "./topic-keys.ts";

describe("recent entries", () => {
  test.each([MAX_KNOWN_KEYS, MAX_KNOWN_GROUNDS, MAX_KNOWN_READERS])("are %i at most", (limit) => {
    const entries = new RecentEntries<string, number>(limit);
    for (let number = 0; number <= limit; number++) entries.set(`entry ${number}`, number);
    expect(entries.values()).toHaveLength(limit);
    expect(entries.get("entry 0")).toBeUndefined();
    expect(entries.get("entry 1")).toBe(1);
    expect(entries.get(`entry ${limit}`)).toBe(limit);
  });

  test("one that is set again is the newest, and counts once", () => {
    const entries = new RecentEntries<string, number>(2);
    entries.set("a", 1);
    entries.set("b", 2);
    entries.set("a", 3);
    entries.set("c", 4);
    expect(entries.values()).toEqual([3, 4]);
    entries.delete("a");
    expect(entries.values()).toEqual([4]);
  });
});
