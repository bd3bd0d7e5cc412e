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
