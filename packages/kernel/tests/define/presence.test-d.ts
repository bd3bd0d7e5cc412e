import {
  defineStage,
  type FailurePolicy,
  WorkflowBuilder,
  type WorkflowOutput,
} from "@pawl/kernel";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

const make = <const Id extends string, const Policy extends FailurePolicy = "failRun">(
  id: Id,
  onFailure?: Policy,
) =>
  defineStage<Id, z.ZodUnknown, z.ZodNumber, z.ZodUnknown, readonly [], Policy>({
    id,
    schemas: { input: z.unknown(), output: z.number() },
    ...(onFailure === undefined ? {} : { onFailure }),
    execute: async () => ({ output: 1 }),
  });

const a = make("a");
const b = make("b");
const c = make("c");
const d = make("d");
const wants = <const Id extends string, S extends z.ZodType>(id: Id, input: S) =>
  defineStage({
    id,
    schemas: { input, output: z.string() },
    execute: async () => ({ output: "" }),
  });
const both = wants("both", z.object({ a: z.number(), c: z.number() }));
const onlyA = wants("onlyA", z.object({ a: z.number(), c: z.number().optional() }));
const one = wants("one", z.number());
const perhaps = wants("perhaps", z.number().optional());

/** What a stage in this place would get, as the compiler's message shows it. */
type Refused<S> = S extends { readonly "stage input does not accept": infer Gets } ? Gets : never;

describe("a stage whose output may be missing [79, 97]", () => {
  const root = () => new WorkflowBuilder("w").stage(a).stage(b);

  it("by its condition: a stage that joins it can't count on it", () => {
    const built = root().stage(c, { after: ["b"], when: (outputs) => (outputs.b ?? 0) > 1 });
    // @ts-expect-error c may have been skipped
    built.stage(both, { after: ["a", "c"] });
    built.stage(onlyA, { after: ["a", "c"] });
    expectTypeOf(built.stage<"x", string, null, object, "a" | "c">)
      .parameter(0)
      .toExtend<{ readonly "stage input does not accept": { a: number; c?: number } }>();
  });

  it("by its condition: a stage after it alone is skipped with it, and so gets the output", () => {
    const built = root().stage(c, { after: ["b"], when: () => false });
    built.pipe(one);
    built.stage(one, { after: ["c"] });
    const further = built.stage(d, { after: ["c"] });
    const join = wants("join", z.object({ a: z.number(), d: z.number() }));
    // @ts-expect-error d is skipped with c
    further.stage(join, { after: ["a", "d"] });
    // @ts-expect-error d is skipped with c, also where it is piped
    built.pipe(d).stage(join, { after: ["a", "d"] });
    const joined = built.stage(d, { after: ["a", "c"] });
    joined.stage(join, { after: ["a", "d"] });
  });

  it("by stopBranch, of the stage or of its place", () => {
    const stopping = make("c", "stopBranch");
    const stopped = root().stage(stopping, { after: ["b"] });
    // @ts-expect-error c may have failed
    stopped.stage(both, { after: ["a", "c"] });
    stopped.pipe(one);
    const placed = root().stage(c, { after: ["b"], onFailure: "stopBranch" });
    // @ts-expect-error c may have failed
    placed.stage(both, { after: ["a", "c"] });
    const strict = root().stage(stopping, { after: ["b"], onFailure: "failRun" });
    strict.stage(both, { after: ["a", "c"] });
    // @ts-expect-error c may have failed
    new WorkflowBuilder("w").parallel([a, stopping]).pipe(both);
    new WorkflowBuilder("w").parallel([a, stopping]).pipe(onlyA);
  });

  it("by continue: a stage after it alone runs all the same, without its output", () => {
    const built = root().stage(c, { after: ["b"], onFailure: "continue" });
    // @ts-expect-error c may have failed
    built.stage(both, { after: ["a", "c"] });
    // @ts-expect-error c may have failed
    built.pipe(one);
    // @ts-expect-error c may have failed
    built.stage(one, { after: ["c"] });
    built.pipe(perhaps);
    const going = make("c", "continue");
    // @ts-expect-error c may have failed
    root().pipe(going).pipe(one);
    // @ts-expect-error c may have failed
    root().parallel([a, going]).pipe(both);
    const next = built.pipe(d);
    next.stage(wants("join", z.object({ a: z.number(), d: z.number() })), { after: ["a", "d"] });
  });

  it("by a join that does not wait for all", () => {
    const built = root().stage(c);
    // @ts-expect-error the first of them is enough
    built.stage(both, { after: ["a", "c"], join: "any" });
    // @ts-expect-error two of three are enough
    built.stage(both, { after: ["a", "b", "c"], join: { atLeast: 2 } });
    const some = wants("some", z.object({ a: z.number(), c: z.number() }).partial());
    built.stage(some, { after: ["a", "c"], join: "any" });
    built.stage(both, { after: ["a", "c"], join: "all" });
  });

  it("is what the message shows where it does not fit", () => {
    const built = root().stage(c, { after: ["b"], when: () => true });
    const refused = built.stage<"both", { a: number; c: number }, string, object, "a" | "c">;
    type Gets = Refused<Parameters<typeof refused>[0]>;
    expectTypeOf<Gets>().toEqualTypeOf<{ a: number; c?: number }>();
  });

  it("says nothing where policy or id are only known at run time", () => {
    const policy = "stopBranch" as FailurePolicy;
    const open = defineStage({
      id: "c",
      schemas: { output: z.number() },
      onFailure: policy,
      execute: async () => ({ output: 1 }),
    });
    root()
      .stage(open)
      .stage(both, { after: ["a", "c"] });
  });
});

describe("the output of a run", () => {
  it("is that of its last stage, or undefined where that may be skipped", () => {
    const sure = new WorkflowBuilder("w").pipe(a).pipe(one).build();
    expectTypeOf<WorkflowOutput<typeof sure>>().toEqualTypeOf<string>();
    const built = new WorkflowBuilder("w").pipe(a).stage(one, { after: ["a"], when: () => true });
    const perhaps = built.build();
    expectTypeOf<WorkflowOutput<typeof perhaps>>().toEqualTypeOf<string | undefined>();
  });

  it("is by stage id where several stages have none after them", () => {
    const workflow = new WorkflowBuilder("w")
      .pipe(a)
      .stage(b, { after: ["a"] })
      .stage(one, { after: ["a"], when: () => true })
      .build();
    expectTypeOf<WorkflowOutput<typeof workflow>>().toEqualTypeOf<{ b: number; one?: string }>();
    const texts = new WorkflowBuilder("w")
      .pipe(a)
      .pipe(wants("t" as string, z.number()))
      .build();
    expectTypeOf<WorkflowOutput<typeof texts>>().toEqualTypeOf<string>();
    const alone = new WorkflowBuilder("w").pipe(a).parallel([b]).build();
    expectTypeOf<WorkflowOutput<typeof alone>>().toEqualTypeOf<number>();
  });
});
