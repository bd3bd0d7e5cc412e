import { defineWorkflow } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { FAULT_KINDS, simulate, simulateSeed } from "../src/index.ts";

const TIMEOUT = { timeout: 60_000 };

describe("simulate", () => {
  it("finds nothing in a sound workflow, in every weather [126]", TIMEOUT, async () => {
    const sound = defineWorkflow({
      id: "sound",
      async run(ctx, input) {
        const paid = await ctx.step("pay", ({ idempotencyKey }) => idempotencyKey.length > 0);
        await ctx.sleep("wait", "5 seconds");
        const parts = await ctx.map([1, 2, 3], (n) => ctx.step(`part-${n}`, () => n * 2));
        return { input, paid, parts };
      },
    });
    const start = [{ workflowId: "sound", input: "a" }];
    const { seeds, runs, problems, hits } = await simulate({
      workflows: [sound],
      start,
      seeds: 150,
    });
    expect(problems).toEqual([]);
    expect(seeds).toBe(150);
    expect(runs).toBeGreaterThan(120);
    expect(Object.values(hits).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
  });

  it("finds a body whose effect is doubled by a crash", TIMEOUT, async () => {
    let charged: string[] = [];
    const workflow = defineWorkflow({
      id: "charge",
      async run(ctx) {
        for (const item of ["book", "pen", "cup", "hat", "bag"]) {
          await ctx.step(item, () => void charged.push(item));
        }
      },
    });
    const { problems } = await simulate({
      workflows: [workflow],
      start: [{ workflowId: "charge" }],
      seeds: 200,
      judge: () => {
        const items = charged;
        charged = [];
        return new Set(items).size < items.length ? `charged ${items.join()}` : undefined;
      },
    });
    expect(problems.length).toBeGreaterThan(0);
    for (const { check } of problems) expect(check).toBe("outcome");
  });

  it("finds a body that answers otherwise after a crash", TIMEOUT, async () => {
    const executions = new Map<string, number>();
    const workflow = defineWorkflow({
      id: "impure",
      async run(ctx) {
        executions.set(ctx.runId, (executions.get(ctx.runId) ?? 0) + 1);
        for (const key of ["a", "b", "c", "d"]) await ctx.step(key, () => key);
        return executions.get(ctx.runId);
      },
    });
    const { problems } = await simulate({
      workflows: [workflow],
      start: [{ workflowId: "impure" }],
      seeds: 200,
    });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatchObject({
      check: "outcome",
      message: expect.stringContaining("never is without faults"),
    });
  });

  it("finds a body that asks the machine for the time", async () => {
    const workflow = defineWorkflow({
      id: "late",
      run: (ctx) => ctx.step("when", () => Date.now()),
    });
    const { problems } = await simulate({
      workflows: [workflow],
      start: [{ workflowId: "late" }],
      seeds: [1],
      faults: [],
    });
    expect(problems).toMatchObject([
      { seed: 1, check: "ambient", message: expect.stringContaining("Date.now") },
    ]);
  });

  it.each<[Readonly<Record<string, unknown>>, RegExp]>([
    [{ start: [{ workflowId: "none" }] }, /start\[0\] names "none".*has "sound"/],
    [{ start: [] }, /start is a list of 0; give at least one run to start/],
    [{ start: [{ workflowID: "sound" }] }, /start\[0\] has no option "workflowID"/],
    [{ seeds: 0 }, /seeds is 0; give a whole number of at least 1/],
    [{ seeds: 1.5 }, /seeds is 1.5/],
    [{ seeds: [] }, /seeds is a list of 0/],
    [{ seeds: [1, -1] }, /seeds\[1\] is -1; give a whole number of at least 1/],
    [{ seeds: "7" }, /seeds is "7"/],
    [{ faults: ["crash", "bogus"] }, /faults\[1\] is "bogus"; give one of crash, poison/],
    [{ adapter: "mysql" }, /"adapter" of simulate is "mysql"; give "memory" or "sqlite"/],
    [{ fault: [] }, /no option "fault".*Did you mean "faults"/],
  ])("refuses %j", async (wrong, says) => {
    const workflows = [defineWorkflow({ id: "sound", run: async () => 1 })];
    const right = { workflows, start: [{ workflowId: "sound" }], seeds: 1 };
    await expect(simulate({ ...right, ...wrong })).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
      message: expect.stringMatching(says),
    });
  });
});

it.each(FAULT_KINDS)("%s strikes where it is asked for, and nothing else does", async (kind) => {
  let struck = 0;
  for (let seed = 1; struck === 0; seed++) {
    const { hits, problems } = await simulateSeed(`${seed}`, { faults: [kind] });
    expect(problems).toEqual([]);
    expect(Object.keys(hits).filter((other) => other !== kind)).toEqual([]);
    struck += hits[kind] ?? 0;
    expect(seed).toBeLessThan(300);
  }
});
