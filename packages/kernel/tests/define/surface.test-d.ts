import {
  defineStage,
  defineWorkflow,
  type StageContext,
  type StageDefinition,
  type Workflow,
  WorkflowBuilder,
  type WorkflowInput,
  type WorkflowOutput,
} from "@pawl/kernel";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

/** Text goes in and a number comes out, 1 by default. */
const rawOrder = z.object({ sku: z.string(), count: z.coerce.number<string>().default(1) });
const order = z.object({ sku: z.string(), count: z.number() });

const fetchOrder = defineStage({
  id: "fetchOrder",
  schemas: { input: z.string(), output: rawOrder },
  execute: async () => ({ output: { sku: "a", count: "2" } }),
});
const price = defineStage({
  id: "price",
  schemas: { input: order, output: z.number() },
  execute: async () => ({ output: 1 }),
});
const stock = defineStage({
  id: "stock",
  schemas: { input: z.object({ sku: z.string(), count: z.any() }), output: z.boolean() },
  execute: async () => ({ output: true }),
});
const takesText = defineStage({
  id: "takesText",
  schemas: { input: z.string() },
  execute: async () => ({ output: null }),
});

describe("defineStage [131]", () => {
  it("hands parsed input and config, defaults applied, to execute", () => {
    defineStage({
      id: "a",
      schemas: {
        input: rawOrder,
        output: z.string(),
        config: z.object({ dry: z.boolean().default(false) }),
      },
      async execute(ctx) {
        expectTypeOf(ctx.input).toEqualTypeOf<{ sku: string; count: number }>();
        expectTypeOf(ctx.config).toEqualTypeOf<{ dry: boolean }>();
        return { output: ctx.input.sku };
      },
    });
  });

  it("wants an output that its schema accepts", () => {
    defineStage({
      id: "a",
      schemas: { output: z.string() },
      // @ts-expect-error a number is no string
      execute: async () => ({ output: 1 }),
    });
    defineStage({
      id: "a",
      schemas: { output: order },
      // @ts-expect-error the sku is missing
      execute: async () => ({ output: {} }),
    });
  });

  it("keeps the id as a literal and what it accepts and yields", () => {
    expectTypeOf(fetchOrder.id).toEqualTypeOf<"fetchOrder">();
    type Types = NonNullable<(typeof fetchOrder)["~types"]>;
    expectTypeOf<Types["input"]>().toEqualTypeOf<string>();
    expectTypeOf<Types["output"]>().toEqualTypeOf<{ sku: string; count: number }>();
  });

  it("gives a stage without schemas unknown input", () => {
    defineStage({
      id: "a",
      schemas: {},
      async execute(ctx) {
        expectTypeOf(ctx.input).toBeUnknown();
        return { output: 1 };
      },
    });
  });
});

describe("WorkflowBuilder [132]", () => {
  const builder = () => new WorkflowBuilder("w", { input: z.string() });

  it("answers a workflow that knows its input and output", () => {
    const workflow = builder().pipe(fetchOrder).pipe(price).build();
    expectTypeOf<WorkflowInput<typeof workflow>>().toEqualTypeOf<string>();
    expectTypeOf<WorkflowOutput<typeof workflow>>().toEqualTypeOf<number>();
  });

  it("takes an output schema as the run's output", () => {
    const workflow = new WorkflowBuilder("w", { input: z.string(), output: z.literal(7) })
      .pipe(fetchOrder)
      .build();
    expectTypeOf<WorkflowOutput<typeof workflow>>().toEqualTypeOf<7>();
  });

  it("refuses a stage whose input does not fit what comes before", () => {
    // @ts-expect-error an order is no string
    builder().pipe(fetchOrder).pipe(takesText);
    // @ts-expect-error the run's input is no order
    builder().pipe(price);
    // @ts-expect-error outputs by stage id are no string
    builder().pipe(fetchOrder).parallel([price, stock]).pipe(takesText);
    // @ts-expect-error one of them does not take an order
    builder().pipe(fetchOrder).parallel([price, takesText]);
  });

  it("says of a stage that does not fit what it would get, of whom, and what it accepts", () => {
    type Order = { sku: string; count: number };
    const after = builder().pipe(fetchOrder);
    expectTypeOf(after.pipe<"takesText", string, null, object>)
      .parameter(0)
      .toEqualTypeOf<{
        readonly "stage input does not accept": Order;
        readonly "which is": { readonly "output of": "fetchOrder" };
        readonly "it accepts": string;
      }>();
    expectTypeOf(builder().pipe<"price", Order, number, object>)
      .parameter(0)
      .toEqualTypeOf<{
        readonly "stage input does not accept": string;
        readonly "which is": "the run's input";
        readonly "it accepts": Order;
      }>();
    const gathered = after.parallel([price, stock]);
    expectTypeOf(gathered.pipe<"takesText", string, null, object>)
      .parameter(0)
      .toEqualTypeOf<{
        readonly "stage input does not accept": { price: number; stock: boolean };
        readonly "which is": { readonly "output of": "price" | "stock" };
        readonly "it accepts": string;
      }>();
    expectTypeOf(gathered.stage<"takesText", string, null, object, "price" | "fetchOrder">)
      .parameter(0)
      .toEqualTypeOf<{
        readonly "stage input does not accept": { price: number; fetchOrder: Order };
        readonly "which is": { readonly "output of": "price" | "fetchOrder" };
        readonly "it accepts": string;
      }>();
    const both = [price, takesText] as const;
    expectTypeOf(after.parallel<typeof both>)
      .parameter(0)
      .toEqualTypeOf<
        readonly [
          typeof price,
          {
            readonly "stage input does not accept": Order;
            readonly "which is": { readonly "output of": "fetchOrder" };
            readonly "it accepts": string;
          },
        ]
      >();
    expectTypeOf(after.pipe<"price", Order, number, object>)
      .parameter(0)
      .toEqualTypeOf<StageDefinition<"price", Order, number, object>>();
  });

  it("takes stages side by side whose number only shows at run time", () => {
    const many = ["a", "b"].map((id) =>
      defineStage({ id, schemas: { input: order }, execute: async () => ({ output: 1 }) }),
    );
    builder().pipe(fetchOrder).parallel(many);
    // @ts-expect-error the run's input is no order
    builder().parallel(many);
  });

  it("names the earlier stages where .stage stands after another", () => {
    const known = builder().pipe(fetchOrder).parallel([price, stock]);
    type Place = NonNullable<Parameters<typeof known.stage>[1]>;
    expectTypeOf<NonNullable<Place["after"]>[number]>().toEqualTypeOf<
      "fetchOrder" | "price" | "stock"
    >();
  });

  it("hands outputs by stage id on after .parallel", () => {
    const join = defineStage({
      id: "join",
      schemas: { input: z.object({ price: z.number(), stock: z.boolean() }), output: z.string() },
      execute: async () => ({ output: "" }),
    });
    const workflow = builder().pipe(fetchOrder).parallel([price, stock]).pipe(join).build();
    expectTypeOf<WorkflowOutput<typeof workflow>>().toEqualTypeOf<string>();
    const open = builder().pipe(fetchOrder).parallel([price, stock]).build();
    expectTypeOf<WorkflowOutput<typeof open>>().toEqualTypeOf<{ price: number; stock: boolean }>();
  });

  it("lets .stage stand only after earlier stages, with the input that follows from them", () => {
    const base = builder().pipe(fetchOrder);
    base.stage(price, { after: ["fetchOrder"] });
    base.stage(takesText);
    // @ts-expect-error there is no such stage
    base.stage(price, { after: ["nope"] });
    // @ts-expect-error it does not come before itself
    base.stage(price, { after: ["price"] });
    // @ts-expect-error a root gets the run's input
    base.stage(price);
    // @ts-expect-error the output before it is no string
    base.stage(takesText, { after: ["fetchOrder"] });
    const both = defineStage({
      id: "both",
      schemas: { input: z.object({ fetchOrder: order, price: z.number() }) },
      execute: async () => ({ output: null }),
    });
    base.pipe(price).stage(both, { after: ["fetchOrder", "price"] });
    // @ts-expect-error it wants the price too
    base.pipe(price).stage(both, { after: ["fetchOrder"] });
  });

  it("hands the outputs so far, any of which may be missing, to a condition", () => {
    builder()
      .pipe(fetchOrder)
      .stage(price, {
        after: ["fetchOrder"],
        when(outputs) {
          expectTypeOf(outputs.fetchOrder).toEqualTypeOf<
            { sku: string; count: number } | undefined
          >();
          // @ts-expect-error it comes later
          return outputs.price === 1;
        },
      });
  });
});

describe("upstream outputs [133]", () => {
  it("are typed by ctx.require and ctx.optional, for the stages named in uses only", () => {
    defineStage({
      id: "a",
      schemas: {},
      uses: [fetchOrder, stock],
      async execute(ctx) {
        expectTypeOf(ctx.require("fetchOrder")).toEqualTypeOf<{ sku: string; count: number }>();
        expectTypeOf(ctx.optional("stock")).toEqualTypeOf<boolean | undefined>();
        // @ts-expect-error not named in uses
        ctx.require("price");
        // @ts-expect-error not named in uses
        ctx.optional("price");
        return { output: null };
      },
    });
  });

  it("are none without uses", () => {
    expectTypeOf<Parameters<StageContext<unknown, unknown>["require"]>[0]>().toBeNever();
  });
});

describe("defineWorkflow [76]", () => {
  it("knows what start takes and what the result is", () => {
    const workflow = defineWorkflow({
      id: "w",
      input: rawOrder,
      output: z.object({ total: z.number() }),
      async run(ctx, input) {
        expectTypeOf(input).toEqualTypeOf<{ sku: string; count: number }>();
        const total = await ctx.step("sum", () => input.count);
        expectTypeOf(total).toEqualTypeOf<number>();
        return { total };
      },
    });
    expectTypeOf(workflow).toExtend<
      Workflow<{ sku: string; count?: string | undefined }, { total: number }>
    >();
  });

  it("refuses a result that its output schema does not accept", () => {
    defineWorkflow({
      id: "w",
      output: z.number(),
      // @ts-expect-error text is no number
      run: async () => "text",
    });
  });

  it("types what durable operations answer", () => {
    defineWorkflow({
      id: "w",
      async run(ctx) {
        const [one, two] = await ctx.all([ctx.step("a", () => 1), ctx.step("b", () => "x")]);
        expectTypeOf(one).toEqualTypeOf<number>();
        expectTypeOf(two).toEqualTypeOf<string>();
        const first = await ctx.race([ctx.step("c", () => 1), ctx.step("d", async () => "x")]);
        expectTypeOf(first).toEqualTypeOf<number | string>();
        const mapped = await ctx.map(["x"], async (item, index) => item.length + index);
        expectTypeOf(mapped).toEqualTypeOf<number[]>();
        expectTypeOf(ctx.now()).toEqualTypeOf<number>();
      },
    });
  });
});
