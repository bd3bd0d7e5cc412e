import type { BlobStore } from "@pawl/kernel/ports";
import type { Expect } from "../runner.ts";
import { type BlobCase, type BlobSubject, hashKey, pattern, sameBytes } from "./subject.ts";

const KEY = hashKey(0xdead);

/** What outlives a process, and what is left of one that died in the middle of a put. */
export function durableCases(test: BlobCase, expect: Expect): void {
  test("BLOB-1 keeps what was put when opened again", async (subject) => {
    await subject.store.put(KEY, pattern(4_096));
    const reopened = await reopen(subject);
    expect(sameBytes(await reopened.get(KEY), pattern(4_096))).toBe(true);
    expect((await reopened.list("")).map((entry) => entry.key)).toEqual([KEY]);
  });

  test("BLOB-2 half a put is invisible to a store that is open", async (subject) => {
    const { store } = subject;
    await store.put(hashKey(1), pattern(10));
    await dieInPut(subject);
    expect(await store.get(KEY)).toBe(undefined);
    expect(await store.has(KEY)).toBe(false);
    expect((await store.list("")).map((entry) => entry.key)).toEqual([hashKey(1)]);
  });

  test("BLOB-2 half a put is invisible after opening again", async (subject) => {
    await dieInPut(subject);
    const store = await reopen(subject);
    expect(await store.get(KEY)).toBe(undefined);
    expect(await store.has(KEY)).toBe(false);
    expect(await store.list("")).toEqual([]);
  });

  test("BLOB-2 a put after half a put stores all of it", async (subject) => {
    await dieInPut(subject);
    const store = await reopen(subject);
    await store.put(KEY, pattern(5_000, 7));
    expect(sameBytes(await store.get(KEY), pattern(5_000, 7))).toBe(true);
    expect((await store.list("")).map((entry) => entry.size)).toEqual([5_000]);
  });
}

function reopen(subject: BlobSubject): Promise<BlobStore> {
  if (subject.reopen === undefined)
    throw new Error("A durable store needs `reopen` in its subject");
  return subject.reopen();
}

function dieInPut(subject: BlobSubject): Promise<void> {
  if (subject.dieInPut === undefined) {
    throw new Error("A durable store needs `dieInPut` in its subject");
  }
  return subject.dieInPut(KEY);
}
