import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Harness } from "../support/harness.ts";

/** Names that every object has something under. */
const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "then", "toJSON"] as const;

describe.each(NAMES)("with everything named %s", (name) => {
  it("a function workflow with a step of that name runs to its end", async () => {
    const workflow = defineWorkflow({
      id: name,
      async run(ctx) {
        const value = await ctx.step(name, () => ({ [name]: [1] }));
        await ctx.sleep(name === "then" ? "sleep" : `${name} sleep`, "1 h");
        return value;
      },
    });
    const h = new Harness([workflow]);
    const id = await h.start(name);
    await h.drain();
    const run = await h.kernel.query.getRun(id);
    expect(run.status).toBe("completed");
    expect(Object.entries(run.output as object)).toEqual([[name, [1]]]);
  });

  it("a stage of that name gets its own config, and undefined without one", async () => {
    const seen: unknown[] = [];
    const config = z.object({ level: z.number().default(3) });
    const stage = (schemas: object) =>
      defineStage({
        id: name,
        schemas,
        async execute(ctx) {
          seen.push(ctx.config);
          return { output: 1 };
        },
      });
    const bare = new WorkflowBuilder("bare").pipe(stage({})).build();
    const configured = new WorkflowBuilder("configured").pipe(stage({ config })).build();
    const h = new Harness([bare, configured]);
    await h.start("bare");
    await h.drain();
    await h.start("configured");
    await h.drain();
    await h.start("configured", undefined, { config: {} });
    await h.drain();
    expect(seen).toEqual([undefined, { level: 3 }, { level: 3 }]);
  });

  it("outputs are joined and required under that name", async () => {
    const upstream = defineStage({
      id: name,
      schemas: { output: z.string() },
      execute: async () => ({ output: "from above" }),
    });
    const other = defineStage({
      id: "other",
      schemas: {},
      execute: async () => ({ output: "beside" }),
    });
    const last = defineStage({
      id: "last",
      schemas: {},
      uses: [upstream],
      execute: async (ctx) => ({
        output: [ctx.require(name), Object.entries(ctx.input as object)],
      }),
    });
    const workflow = new WorkflowBuilder("w").parallel([upstream, other]).pipe(last).build();
    const h = new Harness([workflow]);
    const id = await h.start("w");
    await h.drain();
    const pairs = [
      [name, "from above"],
      ["other", "beside"],
    ];
    expect((await h.kernel.query.getRun(id)).output).toEqual(["from above", pairs]);
  });

  it("a stage that does not exist is absent, whatever objects inherit", async () => {
    const stage = defineStage({
      id: "a",
      schemas: {},
      async execute(ctx) {
        const reader = ctx as unknown as { optional(id: string): unknown };
        return { output: [reader.optional(name) === undefined] };
      },
    });
    const h = new Harness([new WorkflowBuilder("w").pipe(stage).build()]);
    const id = await h.start("w", undefined, { labels: { [name]: "x" } });
    await h.drain();
    expect((await h.kernel.query.getRun(id)).output).toEqual([true]);
  });
});

describe("a parallel of one stage", () => {
  it("hands its output on by stage id, as its type says [132]", async () => {
    const only = defineStage({
      id: "only",
      schemas: { output: z.number() },
      execute: async () => ({ output: 1 }),
    });
    const next = defineStage({
      id: "next",
      schemas: { input: z.object({ only: z.number() }), output: z.number() },
      execute: async (ctx) => ({ output: ctx.input.only }),
    });
    const h = new Harness([new WorkflowBuilder("w").parallel([only]).pipe(next).build()]);
    const id = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(id)).output).toBe(1);
  });
});
