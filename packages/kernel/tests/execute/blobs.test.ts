import { createMemoryBlobStore } from "@pawl/blob-memory";
import { EngineError, WorkflowBuilder } from "@pawl/kernel";
import type { BlobStore } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { fn, stage } from "../commands/workflows.ts";
import { Harness } from "../support/harness.ts";

const BIG = "x".repeat(20_000);

it("two stages may have a step of one key with one large result", async () => {
  let bodies = 0;
  const fetching = (id: string) =>
    stage(id, (ctx) =>
      ctx.step("fetch", () => {
        bodies += 1;
        return BIG;
      }),
    );
  const h = new Harness([new WorkflowBuilder("w").pipe(fetching("a")).pipe(fetching("b")).build()]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).status).toBe("completed");
  expect(bodies).toBe(2);
  expect(h.persistence.dump().blobRefs.filter((ref) => ref.owner.startsWith("step/")).length).toBe(
    2,
  );
});

it("an artifact that was replaced survives a replay and refers to its last blob", async () => {
  const h = new Harness([
    fn("w", async (ctx) => {
      await ctx.storage.put("r", `${BIG}1`);
      await ctx.storage.put("r", `${BIG}2`);
      await ctx.sleep("nap", "1 minute");
      return ((await ctx.storage.get("r")) as string).at(-1);
    }),
  ]);
  const id = await h.start("w");
  await h.drain();
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: "2" });
  expect(h.persistence.dump().blobRefs.map((ref) => ref.owner)).toEqual(["artifact/main/r"]);
});

it("two puts of one new name at once are both made, one after the other", async () => {
  let entered = 0;
  const h = new Harness([
    fn("w", async (ctx) => {
      entered += 1;
      await Promise.all([ctx.storage.put("r", 1), ctx.storage.put("r", 2)]);
      return ctx.storage.get("r");
    }),
  ]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).output).toBe(2);
  expect(entered).toBe(1);
});

it("a result is stored when the blob store comes back, and its body is not run again", async () => {
  let bodies = 0;
  let refusals = 5;
  const blobs = createMemoryBlobStore();
  const put: BlobStore["put"] = async (key, bytes) => {
    if (refusals-- > 0) throw new EngineError("E_BLOB_UNAVAILABLE", "down");
    await blobs.put(key, bytes);
  };
  const charge = fn("w", (ctx) =>
    ctx.step("charge", () => {
      bodies += 1;
      return BIG;
    }),
  );
  const h = new Harness([charge], { blobStore: { ...blobs, put } });
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).status).toBe("completed");
  expect(bodies).toBe(1);
});

it("a blob store that stays away is told of once a minute, whoever waits for it", async () => {
  const down = new EngineError("E_BLOB_UNAVAILABLE", "no such bucket");
  const big = fn("w", (ctx) => ctx.step("charge", () => BIG));
  const h = new Harness([big], {
    blobStore: { ...createMemoryBlobStore(), put: () => Promise.reject(down) },
  });
  for (let run = 0; run < 2; run++) await h.start("w");
  void h.drain();
  await h.world.advance(90_000);
  const told = h.logged.filter(({ message }) => message.includes("waits for a store"));
  expect(told).toMatchObject([
    { level: "warn", facts: { stageId: "main", error: down, suppressed: 0 } },
    { level: "warn", facts: { stageId: "main", error: down, suppressed: expect.any(Number) } },
  ]);
});

it("a record that can't be read is a failed attempt, not an endless loop", async () => {
  let entered = 0;
  const blobs = createMemoryBlobStore();
  const w = fn("w", async (ctx) => {
    entered += 1;
    await ctx.step("a", () => BIG);
    await ctx.sleep("nap", "1 minute");
  });
  const h = new Harness([w], { blobStore: { ...blobs, get: async () => undefined } });
  const id = await h.start("w");
  await h.drain();
  const run = await h.kernel.query.getRun(id);
  expect(run).toMatchObject({ status: "failed", failure: { code: "E_BLOB_MISSING" } });
  expect(entered).toBe(2);
});
