import { EngineError } from "@pawl/kernel";
import type { Expect } from "../runner.ts";
import { type BlobCase, hashKey, pattern, sameBytes } from "./subject.ts";

const PLAIN_KEYS = ["a", "0", "-", hashKey(1), "sha256-00ff", "con", "f".repeat(200)];

const HOSTILE_KEYS = [
  { key: "", label: "empty" },
  { key: "f".repeat(201), label: "201 characters" },
  { key: "f".repeat(300), label: "300 characters" },
  { key: "../x", label: "the folder above" },
  { key: "..", label: "only dots" },
  { key: ".", label: "one dot" },
  { key: "/etc/passwd", label: "absolute" },
  { key: "C:\\x", label: "absolute with a drive" },
  { key: "ab/cd", label: "a slash" },
  { key: "ab\\cd", label: "a backslash" },
  { key: "ab\0cd", label: "NUL" },
  { key: "abcd\n", label: "a line break at the end" },
  { key: "ABCD", label: "upper case" },
  { key: "ab cd", label: "a space" },
  { key: "ab.tmp", label: "an extension" },
  { key: "%2e%2e%2fx", label: "percent signs" },
  { key: "é", label: "a letter beyond ASCII" },
  { key: "\u{ff11}", label: "a digit beyond ASCII" },
];

const HOSTILE_PREFIXES = ["../", "/", "..", "*", "A", "\0", "f".repeat(300)];

/** Which names are taken as keys, and what happens to all others. */
export function keyCases(test: BlobCase, expect: Expect): void {
  for (const key of PLAIN_KEYS) {
    test(`BLOB-5 takes a plain key: ${key.slice(0, 16)}, ${key.length} long`, async ({ store }) => {
      await store.put(key, pattern(9));
      expect(sameBytes(await store.get(key), pattern(9))).toBe(true);
      expect((await store.list("")).map((entry) => entry.key)).toEqual([key]);
      await store.delete(key);
      expect(await store.has(key)).toBe(false);
    });
  }

  for (const { key, label } of HOSTILE_KEYS) {
    test(`BLOB-5 refuses a key with a typed error: ${label}`, async ({ store }) => {
      const calls = {
        put: () => store.put(key, pattern(4)),
        get: () => store.get(key),
        has: () => store.has(key),
        delete: () => store.delete(key),
      };
      for (const [verb, call] of Object.entries(calls)) {
        expect(`${verb}: ${await outcomeOf(call)}`).toEqual(`${verb}: refused`);
      }
      expect(await store.list("")).toEqual([]);
    });
  }

  test("BLOB-5 a prefix of no key lists nothing or is refused", async ({ store }) => {
    await store.put(hashKey(1), pattern(4));
    for (const prefix of HOSTILE_PREFIXES) {
      const outcome = await outcomeOf(async () => {
        const found = await store.list(prefix);
        if (found.length > 0) throw new Error(`found ${found.length}`);
      });
      expect(outcome === "accepted" || outcome === "refused").toBe(true);
    }
  });
}

async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "accepted";
  } catch (error) {
    if (EngineError.is(error) && error.kind === "invalid") return "refused";
    return `failed with ${String(error)}`;
  }
}
