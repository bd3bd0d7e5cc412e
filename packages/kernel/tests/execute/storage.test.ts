import { createMemoryBlobStore } from "@pawl/blob-memory";
import { type DurableContext, defineStage, EngineError, WorkflowBuilder } from "@pawl/kernel";
import type { Persistence } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";

type Body = (ctx: DurableContext) => Promise<unknown>;

const stage = (id: string, body: Body) =>
  defineStage({
    id,
    schemas: {},
    retry: { maxAttempts: 2, initialDelay: 10, jitter: 0 },
    execute: async (ctx) => ({ output: (await body(ctx as DurableContext)) as never }),
  });

/** A store whose reads of artifacts take longer than the body's own turn. */
const slowReads = (store: Persistence, { runtime }: VirtualWorld): Persistence => ({
  ...store,
  query: {
    ...store.query,
    get: async (table, key) => {
      if (table === "annotations") await runtime.after(5);
      return store.query.get(table, key);
    },
  },
});

const BIG = "x".repeat(40_000);

it("artifacts are scoped to run and stage, whatever others call theirs [136]", async () => {
  const seen: unknown[] = [];
  const writes = (value: string) => async (ctx: DurableContext) => {
    seen.push(await ctx.storage.has("file"), await ctx.storage.get("file"));
    await ctx.storage.put("file", value);
    return ctx.storage.get("file");
  };
  const workflow = new WorkflowBuilder("w")
    .pipe(stage("one", writes("of one")))
    .pipe(stage("two", writes(BIG)))
    .build();
  const h = new Harness([workflow]);
  const ids = [await h.start("w"), await h.start("w")];
  await h.drain();
  for (const id of ids) expect((await h.kernel.query.getRun(id)).output).toBe(BIG);
  expect(seen).toEqual(Array.from({ length: 4 }, () => [false, undefined]).flat());
  const { annotations } = h.persistence.dump();
  const places = annotations.map(({ runId, stageId, kind, name }) => ({
    runId,
    stageId,
    kind,
    name,
  }));
  const expected = ids.flatMap((runId) =>
    ["one", "two"].map((stageId) => ({ runId, stageId, kind: "artifact", name: "file" })),
  );
  expect(places).toEqual(expect.arrayContaining(expected));
  expect(places).toHaveLength(4);
});

it("an artifact outlives the attempt that put it, with attempt and actor [136]", async () => {
  let attempts = 0;
  const workflow = new WorkflowBuilder("w")
    .pipe(
      stage("one", async (ctx) => {
        attempts += 1;
        if (attempts === 2) return ctx.storage.get("file");
        await ctx.storage.put("file", { page: 1 });
        throw new Error("after it was put");
      }),
    )
    .build();
  const h = new Harness([workflow]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).output).toEqual({ page: 1 });
  const session = await h.session();
  expect(h.persistence.dump().annotations).toMatchObject([{ attempt: 1, actor: session.id }]);
});

it("artifacts before a recorded step are no drift at the next wake-up [136]", async () => {
  const workflow = new WorkflowBuilder("w")
    .pipe(
      stage("one", async (ctx) => {
        await ctx.storage.put("file", "kept");
        await ctx.storage.get("file");
        const has = await ctx.storage.has("file");
        await ctx.step("record", () => has);
        await ctx.sleep("nap", 60_000);
        return ctx.storage.get("file");
      }),
    )
    .build();
  const world = new VirtualWorld();
  const h = new Harness([workflow], { world, wrap: (store) => slowReads(store, world) });
  const id = await h.start("w");
  await h.drain();
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: "kept" });
});

it.each(["live", "replayed"] as const)(
  "a store that blinks costs time only: %s [136]",
  async (when) => {
    const world = new VirtualWorld();
    let down = 0;
    const whileUp = <A extends unknown[], R>(method: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (down-- > 0) throw new EngineError("E_BLOB_UNAVAILABLE", "down");
        return method(...args);
      };
    };
    const sound = createMemoryBlobStore({ clock: world.clock });
    const blobStore = { ...sound, get: whileUp(sound.get), put: whileUp(sound.put) };
    let entries = 0;
    const workflow = new WorkflowBuilder("w")
      .pipe(
        stage("one", async (ctx) => {
          entries += 1;
          if (entries === (when === "live" ? 1 : 2)) down = 3;
          await ctx.storage.put("file", BIG);
          const stored = await ctx.storage.get("file");
          await ctx.step("record", () => 1);
          await ctx.sleep("nap", 60_000);
          return stored;
        }),
      )
      .build();
    const h = new Harness([workflow], { world, blobStore });
    const id = await h.start("w");
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: BIG });
    expect(h.persistence.dump().attempts).toEqual([]);
  },
);
