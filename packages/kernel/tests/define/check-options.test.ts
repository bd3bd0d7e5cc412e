import {
  checkOptions,
  createKernel,
  createRegistry,
  defineStage,
  defineWorkflow,
  EngineError,
  WorkflowBuilder,
} from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { plainStage } from "../support/graphs.ts";

const refusal = (work: () => unknown): EngineError => {
  try {
    work();
  } catch (error) {
    if (EngineError.is(error, "E_ARGUMENT_INVALID")) return error;
    throw error;
  }
  throw new Error("was not refused");
};

interface Options {
  readonly items: readonly string[];
  readonly limitMs?: number;
  readonly mode?: "fast" | "slow";
}

const check = (given: unknown) =>
  checkOptions<Options>("sort", given, {
    items: "list",
    limitMs: "number?",
    mode: ["fast", "slow"],
  });

describe("options", () => {
  it.each([
    [{ items: [] }],
    [{ items: [], limitMs: 3, mode: "slow" }],
    [{ items: [], limitMs: undefined, mode: undefined }],
  ])("that are known and of their kind are fine: %j", (given) => {
    expect(() => check(given)).not.toThrow();
  });

  it.each([
    [undefined, "sort takes an object of options; undefined was given."],
    [null, "sort takes an object of options; null was given."],
    ["abc", 'sort takes an object of options; "abc" was given.'],
    [[1, 2], "sort takes an object of options; a list of 2 was given."],
    [{}, 'sort needs the option "items", a list.'],
    [{ items: {} }, 'Option "items" of sort is an object; give a list.'],
    [{ items: [], limitMs: "3" }, 'Option "limitMs" of sort is "3"; give a number.'],
    [{ items: [], limitMs: null }, 'Option "limitMs" of sort is null; give a number.'],
    [{ items: [], mode: "fsat" }, 'Option "mode" of sort is "fsat"; give "fast" or "slow".'],
    [{ itmes: [1] }, 'sort has no option "itmes" (a list of 1 was given). Did you mean "items"?'],
    [{ item: 1 }, 'sort has no option "item" (1 was given). Did you mean "items"?'],
    [{ limit: 5 }, 'sort has no option "limit" (5 was given). Did you mean "limitMs"?'],
    [{ LimitMS: 5 }, 'sort has no option "LimitMS" (5 was given). Did you mean "limitMs"?'],
    [
      { toString: () => "", items: [] },
      'sort has no option "toString" (a function was given). It has: items, limitMs, mode.',
    ],
  ])("%j: %s", (given, message) => {
    expect(refusal(() => check(given)).message).toBe(message);
  });

  it("that are wrong are named in the details too", () => {
    expect(refusal(() => check({ itmes: [] })).details).toEqual({
      option: "itmes",
      nearest: "items",
      known: ["items", "limitMs", "mode"],
    });
  });
});

describe("definitions refuse [B13]", () => {
  const execute = async () => ({ output: 1 });
  const builder = () => new WorkflowBuilder("order").pipe(plainStage("a"));
  it.each<[string, (wrong: never) => unknown, unknown, readonly string[]]>([
    ["no stage spec", defineStage, undefined, ["defineStage takes an object", "undefined"]],
    ["a stage without execute", defineStage, { id: "a", schemas: {} }, ['Stage "a"', '"execute"']],
    ["a stage without schemas", defineStage, { id: "a", execute }, ['"schemas", an object']],
    [
      "a misspelt stage option",
      defineStage,
      { id: "a", schemas: {}, execute, timout: 3 },
      ['Stage "a" has no option "timout" (3', '"timeout"'],
    ],
    [
      "a misspelt schema",
      defineStage,
      { id: "a", schemas: { inputs: {} }, execute },
      ['Stage "a" schemas has no option "inputs"', '"input"'],
    ],
    [
      "what is no schema",
      defineStage,
      { id: "a", schemas: { input: "string" }, execute },
      ['"input" of Stage "a" schemas is "string"; give a Standard Schema'],
    ],
    [
      "uses that are no stages",
      defineStage,
      { id: "a", schemas: {}, uses: ["b"], execute },
      ['"uses" of Stage "a" takes what defineStage answers; "b" was given'],
    ],
    [
      "a misspelt retry option",
      defineStage,
      { id: "a", schemas: {}, execute, retry: { maxAttemps: 3 } },
      ['Stage "a" retry has no option "maxAttemps"', '"maxAttempts"'],
    ],
    [
      "an unknown failure policy",
      defineStage,
      { id: "a", schemas: {}, execute, onFailure: "ignore" },
      ['"onFailure" of Stage "a" is "ignore"', '"failRun" or "stopBranch" or "continue"'],
    ],
    ["no workflow spec", defineWorkflow, null, ["defineWorkflow takes an object", "null"]],
    ["a workflow without run", defineWorkflow, { id: "a" }, ['Workflow "a" needs', '"run"']],
    [
      "a misspelt workflow option",
      defineWorkflow,
      { id: "a", run: execute, runTimout: 1 },
      ['Workflow "a" has no option "runTimout"', '"runTimeout"'],
    ],
    [
      "a misspelt builder option",
      (wrong) => new WorkflowBuilder("order", wrong),
      { inputs: plainStage },
      ['WorkflowBuilder "order" has no option "inputs"', '"input"'],
    ],
    [
      "piping what is no stage",
      (wrong) => builder().pipe(wrong),
      undefined,
      ["takes what defineStage answers", "undefined"],
    ],
    [
      "a parallel that is no list",
      (wrong) => builder().parallel(wrong),
      plainStage("b"),
      [".parallel takes a list of stages", "an object"],
    ],
    [
      "a misspelt place",
      (wrong) => builder().stage(plainStage("b"), wrong),
      { afer: ["a"] },
      ['.stage("b") has no option "afer" (a list of 1', '"after"'],
    ],
    [
      "a place that is no list",
      (wrong) => builder().stage(plainStage("b"), wrong),
      { after: "a" },
      ['"after" of .stage("b") is "a"; give a list'],
    ],
    [
      "a join that is none",
      (wrong) => builder().stage(plainStage("b"), wrong).build(),
      { after: ["a"], join: "some" },
      ['stage "b" with join "some"', '"all", "any" or { atLeast: n }'],
    ],
    ["a registry of no list", createRegistry, undefined, ["takes a list of workflows"]],
    [
      "a registry of what is not built",
      createRegistry,
      [new WorkflowBuilder("order")],
      ["workflows[0] is an object, which is no workflow", ".build()"],
    ],
    ["no kernel parts", createKernel, undefined, ["createKernel takes an object"]],
    ["a kernel without parts", createKernel, {}, ['createKernel needs the option "persistence"']],
    [
      "a misspelt kernel part",
      createKernel,
      { persistance: {} },
      ['no option "persistance"', '"persistence"'],
    ],
  ])("%s", (_, define, wrong, says) => {
    const { message } = refusal(() => define(wrong as never));
    for (const part of says) expect(message).toContain(part);
  });

  it("a misspelt limit", () => {
    const parts = Object.fromEntries(
      ["persistence", "blobStore", "jobTransport", "registry", "clock", "runtime", "ids"].map(
        (part) => [part, {}],
      ),
    );
    const wrong = { ...parts, limits: { payloadByteMax: 1 } } as never;
    expect(refusal(() => createKernel(wrong)).message).toContain('"payloadBytesMax"');
  });
});
