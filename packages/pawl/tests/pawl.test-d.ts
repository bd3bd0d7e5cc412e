import { expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  defineStage,
  defineWorkflow,
  type Pawl,
  type RunHandle,
  WorkflowBuilder,
} from "../src/index.ts";

declare const app: Pawl;

const greet = defineWorkflow({
  id: "greet",
  input: z.object({ name: z.string(), times: z.number().default(1) }),
  output: z.object({ text: z.string() }),
  run: async (_ctx, input) => ({ text: input.name.repeat(input.times) }),
});

it("start takes what the input schema does, result gives what the output schema does", async () => {
  const run = await app.start(greet, { name: "Ada" });
  expectTypeOf(run).toEqualTypeOf<RunHandle<{ text: string }>>();
  expectTypeOf(await run.result()).toEqualTypeOf<{ text: string }>();
});

it("input that does not fit does not compile", () => {
  // @ts-expect-error a name is a string
  void app.start(greet, { name: 1 });
  // @ts-expect-error a name is missing
  void app.start(greet, {});
});

it("input may be left out where it may be undefined, and only there", async () => {
  const bare = defineWorkflow({ id: "bare", output: z.number(), run: async () => 1 });
  const perhaps = defineWorkflow({
    id: "perhaps",
    input: z.string().optional(),
    run: async (_ctx, input) => input,
  });
  const run = await app.start(bare);
  expectTypeOf(await run.result()).toEqualTypeOf<number>();
  void app.start(bare, undefined, { labels: {} });
  void app.start(bare, "any input");
  void app.start(perhaps);
  void app.start(perhaps, "text");
  // @ts-expect-error it is text
  void app.start(perhaps, 1);
  // @ts-expect-error it has an input
  void app.start(greet);
  const nothing = new WorkflowBuilder("nothing", { input: z.void() }).build();
  void app.start(nothing);
});

it("the result of a staged workflow is that of its last stage", async () => {
  const length = defineStage({
    id: "length",
    schemas: { input: z.string(), output: z.number() },
    execute: async (ctx) => ({ output: ctx.input.length }),
  });
  const measure = new WorkflowBuilder("measure", { input: z.string() }).pipe(length).build();
  const run = await app.start(measure, "abc");
  expectTypeOf(await run.result()).toEqualTypeOf<number>();
});

it("a run found by its id has the type that the program says", async () => {
  expectTypeOf(await app.run<{ text: string }>("id").result()).toEqualTypeOf<{ text: string }>();
  expectTypeOf(await app.run("id").result()).toBeUnknown();
});
