import { createMemoryBlobStore } from "@pawl/blob-memory";
import { EngineError } from "@pawl/kernel";
import { expect, it } from "vitest";

it("dates blobs by the clock it was given", async () => {
  const clock = { now: () => 1_234 };
  const store = createMemoryBlobStore({ clock });
  await store.put("ab", new Uint8Array(3));
  expect(await store.list("")).toEqual([{ key: "ab", size: 3, storedAt: 1_234 }]);
});

it("says what is wrong with a key, without repeating all of it", async () => {
  const error = await createMemoryBlobStore()
    .get("X".repeat(10_000))
    .catch((thrown: unknown) => thrown);
  expect(EngineError.is(error, "E_ARGUMENT_INVALID")).toBe(true);
  expect(String(error)).toContain("10000 characters");
  expect(String(error).length).toBeLessThan(300);
});

it("keeps two stores apart", async () => {
  const [one, other] = [createMemoryBlobStore(), createMemoryBlobStore()];
  await one.put("ab", new Uint8Array(3));
  expect(await other.has("ab")).toBe(false);
});
