import type { Expect } from "../runner.ts";
import { type BlobCase, hashKey, MEGABYTE, pattern, sameBytes } from "./subject.ts";

const CLOCK_SLACK_MS = 2_000;

const SIZES = [
  { size: 0, label: "0 bytes" },
  { size: 1, label: "1 byte" },
  { size: 16 * 1024, label: "16 KB" },
  { size: 10 * MEGABYTE, label: "10 MB" },
];

/** What one caller at a time may rely on. */
export function contentCases(test: BlobCase, expect: Expect): void {
  getAndPutCases(test, expect);
  deleteCases(test, expect);
  listCases(test, expect);
  copyCases(test, expect);
}

function getAndPutCases(test: BlobCase, expect: Expect): void {
  for (const { size, label } of SIZES) {
    test(`BLOB-1 answers the bytes that were put: ${label}`, async ({ store }) => {
      const bytes = pattern(size);
      await store.put(hashKey(1), bytes);
      expect(sameBytes(await store.get(hashKey(1)), bytes)).toBe(true);
      expect(await store.has(hashKey(1))).toBe(true);
      expect((await store.list("")).map((entry) => entry.size)).toEqual([size]);
    });
  }

  test("BLOB-1 a missing key answers undefined", async ({ store }) => {
    await store.put(hashKey(1), pattern(8));
    expect(await store.get(hashKey(2))).toBe(undefined);
    expect(await store.has(hashKey(2))).toBe(false);
  });

  test("BLOB-1 stores the view that was given, not the buffer under it", async ({ store }) => {
    const whole = pattern(64);
    await store.put(hashKey(1), whole.subarray(16, 24));
    expect(sameBytes(await store.get(hashKey(1)), whole.slice(16, 24))).toBe(true);
  });

  test("BLOB-2 put of a key that exists changes nothing", async ({ store }) => {
    await store.put(hashKey(1), pattern(32, 1));
    const before = await store.list("");
    await store.put(hashKey(1), pattern(48, 2));
    expect(sameBytes(await store.get(hashKey(1)), pattern(32, 1))).toBe(true);
    expect(await store.list("")).toEqual(before);
  });
}

function deleteCases(test: BlobCase, expect: Expect): void {
  test("BLOB-3 a deleted key is missing, its neighbours are not", async ({ store }) => {
    for (const n of [1, 2]) await store.put(hashKey(n), pattern(16, n));
    await store.delete(hashKey(1));
    expect(await store.get(hashKey(1))).toBe(undefined);
    expect(await store.has(hashKey(1))).toBe(false);
    expect((await store.list("")).map((entry) => entry.key)).toEqual([hashKey(2)]);
    expect(sameBytes(await store.get(hashKey(2)), pattern(16, 2))).toBe(true);
  });

  test("BLOB-3 delete of a missing key is a no-op", async ({ store }) => {
    await store.delete(hashKey(1));
    await store.put(hashKey(1), pattern(16));
    await store.delete(hashKey(1));
    await store.delete(hashKey(1));
    expect(await store.list("")).toEqual([]);
  });

  test("BLOB-3 a deleted key can be put again, with other bytes", async ({ store }) => {
    await store.put(hashKey(1), pattern(16, 1));
    await store.delete(hashKey(1));
    await store.put(hashKey(1), pattern(24, 2));
    expect(sameBytes(await store.get(hashKey(1)), pattern(24, 2))).toBe(true);
  });
}

function listCases(test: BlobCase, expect: Expect): void {
  test("BLOB-4 lists every key with the prefix, and no other", async ({ store }) => {
    const keys = ["a", "ab", "ab0", "ab01", "abc-1", "b", "ba", "0", "a-", hashKey(0xab01)];
    for (const key of keys) await store.put(key, pattern(key.length));
    for (const prefix of ["", "a", "ab", "ab0", "ab01", "abc-", "b", "c", "0", "a-", hashKey(9)]) {
      const listed = (await store.list(prefix)).map((entry) => entry.key).sort();
      expect(listed).toEqual(keys.filter((key) => key.startsWith(prefix)).sort());
    }
  });

  test("BLOB-4 lists more keys than one page holds", async ({ store }) => {
    const keys = Array.from({ length: 1_100 }, (_, n) => hashKey(n));
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, pattern(1))));
    }
    expect((await store.list("")).map((entry) => entry.key).sort()).toEqual(keys);
  });

  test("BLOB-4 tells the size and when it was stored", async ({ store, now = Date.now }) => {
    const before = now();
    await store.put(hashKey(1), pattern(77));
    const after = now();
    const [entry] = await store.list(hashKey(1));
    expect(entry?.size).toBe(77);
    expect(Number.isInteger(entry?.storedAt)).toBe(true);
    const storedAt = entry?.storedAt ?? 0;
    expect(storedAt >= before - CLOCK_SLACK_MS && storedAt <= after + CLOCK_SLACK_MS).toBe(true);
  });
}

function copyCases(test: BlobCase, expect: Expect): void {
  test("BLOB-6 changing an answer changes nothing stored", async ({ store }) => {
    await store.put(hashKey(1), pattern(64));
    (await store.get(hashKey(1)))?.fill(0);
    expect(sameBytes(await store.get(hashKey(1)), pattern(64))).toBe(true);
  });

  test("BLOB-6 changing the bytes given changes nothing stored", async ({ store }) => {
    const given = pattern(64);
    await store.put(hashKey(1), given);
    given.fill(0);
    expect(sameBytes(await store.get(hashKey(1)), pattern(64))).toBe(true);
  });

  test("BLOB-6 two readers do not share their bytes", async ({ store }) => {
    await store.put(hashKey(1), pattern(64));
    const [one, other] = await Promise.all([store.get(hashKey(1)), store.get(hashKey(1))]);
    one?.fill(0);
    expect(sameBytes(other, pattern(64))).toBe(true);
  });
}
