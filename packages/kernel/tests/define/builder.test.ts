import {
  type AnyStage,
  defineStage,
  defineWorkflow,
  EngineError,
  WorkflowBuilder,
} from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { StageNode } from "../../src/define/graph.ts";
import { checkId } from "../../src/define/stage.ts";
import { buildWorkflow } from "../../src/define/workflow.ts";
import { nodesOf, plainStage } from "../support/graphs.ts";

const build = (nodes: readonly StageNode[]) =>
  buildWorkflow({ id: "order", nodes, inputSchema: undefined, outputSchema: undefined });

const using = (id: string, ...uses: readonly AnyStage[]): AnyStage =>
  defineStage({ id, schemas: {}, uses, execute: async () => ({ output: id }) });

const refusal = (build: () => unknown): EngineError => {
  try {
    build();
  } catch (error) {
    if (EngineError.is(error)) return error;
    throw error;
  }
  throw new Error("was not refused");
};

describe("a builder makes a graph of stages [132]", () => {
  it("in which .pipe follows what came before and .parallel stands side by side", () => {
    const workflow = new WorkflowBuilder("order")
      .pipe(plainStage("a"))
      .parallel([plainStage("b"), plainStage("c")])
      .pipe(plainStage("d"))
      .build();
    const edges = [...workflow.graph.nodes.values()].map(({ id, after }) => [id, after]);
    expect(edges).toEqual([
      ["a", []],
      ["b", ["a"]],
      ["c", ["a"]],
      ["d", ["b", "c"]],
    ]);
    expect(workflow.graph.roots).toEqual(["a"]);
    expect(workflow.graph.sinks).toEqual(["d"]);
    expect(workflow.graph.successors.get("a")).toEqual(["b", "c"]);
  });

  it("in which .stage stands after any earlier stages, or at the root", () => {
    const workflow = new WorkflowBuilder("order")
      .stage(plainStage("a"))
      .stage(plainStage("b"))
      .stage(plainStage("c"), { after: ["a", "b"], join: "any", onFailure: "continue" })
      .build();
    expect(workflow.graph.roots).toEqual(["a", "b"]);
    expect(workflow.graph.nodes.get("c")).toMatchObject({
      after: ["a", "b"],
      join: "any",
      onFailure: "continue",
    });
  });

  it("with conditions and schemas where they were given", () => {
    const when = () => true;
    const [input, output] = [z.number(), z.string()];
    const workflow = new WorkflowBuilder("order", { input, output })
      .stage(plainStage("a"))
      .stage(plainStage("b"), { after: ["a"], when })
      .build();
    expect(workflow.graph.nodes.get("a")?.when).toBeUndefined();
    expect(workflow.graph.nodes.get("b")?.when).toBe(when);
    expect([workflow.inputSchema, workflow.outputSchema]).toEqual([input, output]);
  });

  it("that hands a stage outputs by id after .parallel or several stages, else one output", () => {
    const workflow = new WorkflowBuilder("order")
      .pipe(plainStage("root"))
      .pipe(plainStage("piped"))
      .parallel([plainStage("only")])
      .pipe(plainStage("afterParallel"))
      .stage(plainStage("afterOne"), { after: ["only"] })
      .stage(plainStage("afterTwo"), { after: ["only", "piped"] })
      .build();
    const gathering = [...workflow.graph.nodes.values()].filter(({ gathers }) => gathers);
    expect(gathering.map(({ id }) => id)).toEqual(["afterParallel", "afterTwo"]);
  });

  it("with the failure policy of the stage unless its place says another", () => {
    const stage = plainStage("a", { onFailure: "stopBranch" });
    const [own, placed] = [{}, { onFailure: "continue" as const }].map((options) =>
      new WorkflowBuilder("order").stage(stage, options).build().graph.nodes.get("a"),
    );
    expect(own?.onFailure).toBe("stopBranch");
    expect(placed?.onFailure).toBe("continue");
  });

  it("with version, time limits and a compatibility key", () => {
    const options = { version: "2.0", runTimeout: "1 h", startTimeout: 500 };
    const workflow = new WorkflowBuilder("order", options).pipe(plainStage("a")).build();
    expect(workflow).toMatchObject({
      version: "2.0",
      runTimeoutMs: 3_600_000,
      startTimeoutMs: 500,
      definition: expect.stringMatching(/^order@2\.0#[0-9a-f]{16}$/),
    });
  });

  it("and is never changed by what is built from it later", () => {
    const base = new WorkflowBuilder("order").pipe(plainStage("a"));
    const first = base.build();
    const { definition } = first;
    const longer = base.pipe(plainStage("b")).build();
    const wider = base.parallel([plainStage("c"), plainStage("d")]).build();
    const again = base.build();
    expect([...first.graph.nodes.keys()]).toEqual(["a"]);
    expect(first.definition).toBe(definition);
    expect(again.definition).toBe(definition);
    expect([...longer.graph.nodes.keys()]).toEqual(["a", "b"]);
    expect([...wider.graph.nodes.keys()]).toEqual(["a", "c", "d"]);
    expect(Object.isFrozen(first)).toBe(true);
  });
});

describe("a function workflow [76]", () => {
  it("is a workflow of one stage with the options of both", () => {
    const [input, output] = [z.number(), z.string()];
    const workflow = defineWorkflow({
      id: "order",
      version: "3",
      input,
      output,
      runTimeout: "1 h",
      startTimeout: "1 min",
      timeout: "5 s",
      retry: { maxAttempts: 4 },
      onFailure: "continue",
      queue: "slow",
      run: async () => "done",
    });
    const { graph, ...facts } = workflow;
    expect(facts).toMatchObject({
      id: "order",
      version: "3",
      inputSchema: input,
      runTimeoutMs: 3_600_000,
      startTimeoutMs: 60_000,
    });
    const [main, ...more] = [...graph.nodes.values()];
    expect(more).toEqual([]);
    expect(main).toMatchObject({ after: [], join: "all", gathers: false, onFailure: "continue" });
    expect(main?.stage).toMatchObject({
      outputSchema: output,
      timeoutMs: 5_000,
      queue: "slow",
      retryPolicy: { maxAttempts: 4 },
    });
    expect(main?.stage.startTimeoutMs).toBeUndefined();
  });
});

describe("a graph that can't run is refused when it is built [75, 132, B4, B5]", () => {
  it.each<[string, () => unknown, string, string]>([
    ["without a stage", () => new WorkflowBuilder("order").build(), "E_STAGES_EMPTY", "no stage"],
    [
      "with an empty parallel",
      () => new WorkflowBuilder("order").pipe(plainStage("a")).parallel([]).build(),
      "E_STAGES_EMPTY",
      ".parallel([]) without a stage",
    ],
    [
      "with an id twice",
      () => new WorkflowBuilder("order").pipe(plainStage("a")).pipe(plainStage("a")).build(),
      "E_STAGE_DUPLICATE",
      'two stages with the id "a"',
    ],
    [
      "with an id twice in one parallel",
      () => new WorkflowBuilder("order").parallel([plainStage("a"), plainStage("a")]).build(),
      "E_STAGE_DUPLICATE",
      'two stages with the id "a"',
    ],
    [
      "after a stage that does not exist",
      () => build(nodesOf({ a: {}, b: { after: ["x"] } })),
      "E_STAGE_UNKNOWN",
      'stage "b" after "x", which it does not have; it has "a", "b"',
    ],
    [
      "with a stage after itself",
      () => build(nodesOf({ a: {}, b: { after: ["a", "b"] } })),
      "E_STAGE_CYCLE",
      'waits for itself: "b"',
    ],
    [
      "with a stage after the same stage twice",
      () => build(nodesOf({ a: {}, b: { after: ["a", "a"] } })),
      "E_STAGE_DUPLICATE",
      'stage "b" after the same stage twice: a, a',
    ],
    [
      "with a cycle, its members named in order",
      () =>
        build(
          nodesOf({ r: {}, a: { after: ["r", "c"] }, b: { after: ["a"] }, c: { after: ["b"] } }),
        ),
      "E_STAGE_CYCLE",
      '"a" → "b" → "c" → "a"',
    ],
    [
      "with a cycle that has no root",
      () => build(nodesOf({ a: { after: ["b"] }, b: { after: ["a"] } })),
      "E_STAGE_CYCLE",
      '"a" → "b" → "a"',
    ],
    [
      "that uses a stage which does not come before",
      () =>
        new WorkflowBuilder("order")
          .pipe(plainStage("a"))
          .parallel([plainStage("b"), using("c", plainStage("b"))])
          .build(),
      "E_STAGE_UNKNOWN",
      'stage "c" that uses "b", which does not come before it',
    ],
    [
      "that uses a stage which does not exist",
      () => new WorkflowBuilder("order").pipe(using("c", plainStage("b"))).build(),
      "E_STAGE_UNKNOWN",
      '"b", which it does not have',
    ],
    [
      "with a condition that nobody would ask",
      () => new WorkflowBuilder("order").stage(plainStage("a"), { when: () => false }).build(),
      "E_ARGUMENT_INVALID",
      'stage "a" with a condition but no stage before it; a condition is asked when a stage before',
    ],
    ...[0, 3, 1.5, Number.NaN].map((atLeast): [string, () => unknown, string, string] => [
      `with atLeast ${atLeast} of 2`,
      () => build(nodesOf({ a: {}, b: {}, c: { after: ["a", "b"], join: { atLeast } } })),
      "E_ARGUMENT_INVALID",
      `stage "c" with atLeast ${atLeast} of 2 dependencies`,
    ]),
  ])("%s", (_, build, code, says) => {
    const error = refusal(build);
    expect(error.code).toBe(code);
    expect(error.kind).toBe("invalid");
    expect(error.message).toContain(says);
    expect(error.message).toMatch(/^Workflow "order" has/);
  });

  it("but a diamond, several roots and a use of a far ancestor are fine", () => {
    const a = plainStage("a");
    const diamond = new WorkflowBuilder("order")
      .pipe(a)
      .parallel([plainStage("b"), plainStage("c")])
      .pipe(plainStage("d"))
      .pipe(using("e", a))
      .build();
    expect(diamond.graph.sinks).toEqual(["e"]);
    expect(build(nodesOf({ z: { after: ["y"] }, y: {}, x: {} })).graph.roots).toEqual(["y", "x"]);
  });

  it("a chain of 10,000 stages is checked without effort", () => {
    const chain = Array.from({ length: 10_000 }, (_, i) => [
      `s${i}`,
      { after: i === 0 ? [] : [`s${i - 1}`] },
    ]);
    const workflow = build(nodesOf(Object.fromEntries(chain)));
    expect(workflow.graph.sinks).toEqual(["s9999"]);
    const closed = { ...Object.fromEntries(chain), s0: { after: ["s9999"] } };
    expect(refusal(() => build(nodesOf(closed))).code).toBe("E_STAGE_CYCLE");
  }, 30_000);
});

it("a version that is a number is shown, and text is asked for", () => {
  const built = () => new WorkflowBuilder("order", { version: 2 as never }).pipe(plainStage("a"));
  const { message, code } = refusal(() => built().build());
  expect(code).toBe("E_ARGUMENT_INVALID");
  expect(message).toContain('The version of workflow "order" is 2; give text');
});

it.each(["step", "sleep"])("the name of a %s is called its key", (what) => {
  expect(refusal(() => checkId("", what)).message).toMatch(`The key of a ${what} is ""; give text`);
});

describe("ids", () => {
  it.each(["", "a".repeat(129), "a\nb", "a\u0000", "\ud800", "x\udc00", undefined, null, 7, {}])(
    "%j is refused for stage, workflow and version",
    (id) => {
      const bad = id as string;
      expect(refusal(() => plainStage(bad)).message).toContain("id of a stage");
      expect(
        refusal(() => new WorkflowBuilder(bad).pipe(plainStage("a")).build()).message,
      ).toContain("id of a workflow");
      if (id === undefined || id === null) return;
      const versioned = new WorkflowBuilder("order", { version: bad });
      expect(refusal(() => versioned.pipe(plainStage("a")).build()).message).toContain(
        'The version of workflow "order" is ',
      );
    },
  );

  it.each(["a", "a".repeat(128), "with space", "a/b#c@d%", "ümläut", "😀", "__proto__"])(
    "%j is accepted",
    (id) => {
      expect(new WorkflowBuilder(id).pipe(plainStage(id)).build().graph.roots).toEqual([id]);
    },
  );
});
