import type { BlobStore } from "@pawl/kernel/ports";
import type { Expect } from "../runner.ts";
import { turn } from "../turn.ts";
import { type BlobCase, hashKey, MEGABYTE, pattern, sameBytes } from "./subject.ts";

const KEY = hashKey(1);
const WRITERS = 8;

/** What holds when callers meet at one key. */
export function racingCases(test: BlobCase, expect: Expect): void {
  test("BLOB-2 racing puts of one key store it once and whole", async ({ store }) => {
    const bytes = pattern(256 * 1024);
    await Promise.all(Array.from({ length: WRITERS }, () => store.put(KEY, bytes)));
    expect(sameBytes(await store.get(KEY), bytes)).toBe(true);
    const listed = await store.list("");
    expect(listed.map(({ key, size }) => ({ key, size }))).toEqual([
      { key: KEY, size: bytes.length },
    ]);
  });

  test("BLOB-2 racing puts of other bytes never mix them", async ({ store }) => {
    const given = Array.from({ length: WRITERS }, (_, n) => pattern(200_000 + n, n + 1));
    await Promise.all(given.map((bytes) => store.put(KEY, bytes)));
    const stored = await store.get(KEY);
    expect(given.filter((bytes) => sameBytes(stored, bytes)).length).toBe(1);
  });

  test("BLOB-2 a get that races a put sees all of it or nothing", async ({ store }) => {
    const bytes = pattern(10 * MEGABYTE);
    const seen = new Set<string>();
    await during(store.put(KEY, bytes), async () => {
      for (const view of await viewsOf(store)) seen.add(view);
    });
    for (const view of await viewsOf(store)) seen.add(view);
    const whole = `${bytes.length} bytes`;
    expect([...seen].filter((view) => view !== "nothing" && view !== whole)).toEqual([]);
    expect(sameBytes(await store.get(KEY), bytes)).toBe(true);
  });

  test("BLOB-2 what has is true for can be read at once", async ({ store }) => {
    await during(store.put(KEY, pattern(MEGABYTE)), async () => {
      if (await store.has(KEY)) expect((await store.get(KEY))?.length).toBe(MEGABYTE);
    });
    expect(await store.has(KEY)).toBe(true);
  });

  test("BLOB-3 racing deletes of one key all succeed", async ({ store }) => {
    await store.put(KEY, pattern(64));
    await Promise.all(Array.from({ length: WRITERS }, () => store.delete(KEY)));
    expect(await store.has(KEY)).toBe(false);
  });

  test("BLOB-3 a delete that races a put leaves all of it or nothing", async ({ store }) => {
    for (let round = 0; round < WRITERS; round++) {
      const bytes = pattern(64 * 1024, round + 1);
      await Promise.all([store.put(KEY, bytes), store.delete(KEY)]);
      const stored = await store.get(KEY);
      expect(stored === undefined || sameBytes(stored, bytes)).toBe(true);
      await store.delete(KEY);
      expect(await store.list("")).toEqual([]);
    }
  });

  test("BLOB-4 a list that races deletes and puts lists only whole blobs", async ({ store }) => {
    const keys = Array.from({ length: 40 }, (_, n) => hashKey(n));
    for (const key of keys) await store.put(key, pattern(1_000));
    const [listed] = await Promise.all([
      store.list(""),
      ...keys.slice(0, 20).map((key) => store.delete(key)),
      ...keys.map((_, n) => store.put(hashKey(1_000 + n), pattern(1_000))),
    ]);
    expect(listed.filter((entry) => entry.size !== 1_000)).toEqual([]);
    const seen = new Set(listed.map((entry) => entry.key));
    expect(keys.slice(20).filter((key) => !seen.has(key))).toEqual([]);
    expect(seen.size).toBe(listed.length);
  });

  test("BLOB-1 parallel callers each get the bytes of their key", async ({ store }) => {
    const sizes = Array.from({ length: 64 }, (_, n) => n * 97);
    await Promise.all(sizes.map((size, n) => store.put(hashKey(n), pattern(size, n + 1))));
    const read = await Promise.all(sizes.map((_, n) => store.get(hashKey(n))));
    const right = sizes.map((size, n) => sameBytes(read[n], pattern(size, n + 1)));
    expect(right.filter((same) => !same)).toEqual([]);
  });
}

/** Looks again and again until the work has ended; fails with what failed, after the work. */
async function during(work: Promise<void>, look: () => Promise<void>): Promise<void> {
  let working = true;
  const ended = work.finally(() => {
    working = false;
  });
  const looking = async (): Promise<void> => {
    while (working) {
      await look();
      await turn();
    }
  };
  for (const outcome of await Promise.allSettled([ended, looking()])) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

async function viewsOf(store: BlobStore): Promise<readonly string[]> {
  const stored = await store.get(KEY);
  const [listed] = await store.list(KEY);
  return [stored?.length, listed?.size].map((size) =>
    size === undefined ? "nothing" : `${size} bytes`,
  );
}
