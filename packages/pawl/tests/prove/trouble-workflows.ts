import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineWorkflow, type Workflow } from "../../src/index.ts";
import type { Enter } from "./mixed-workflows.ts";
import { lasting } from "./until.ts";

/** Where a process is stopped. */
export const PLACES = ["inside", "between", "commit"] as const;
export type Place = (typeof PLACES)[number];

export interface Stopping {
  readonly place: Place;
}

export interface Blocking {
  readonly blocks: "once" | "always";
  readonly blockMs: number;
}

export interface Trouble {
  readonly directory: string;
  readonly enter: Enter;
  /** Stops this process where it stands. */
  stop(): void;
  /** Stops it before the record of this step reaches the database. */
  stopBefore(step: string): void;
}

/** Three steps; the first process that comes to the place in the second is stopped there. */
function stoppingWorkflow(trouble: Trouble): Workflow<unknown, unknown> {
  return defineWorkflow({
    id: "stopping",
    async run(ctx, input) {
      const { place } = input as Stopping;
      const first = (): boolean => isFirst(trouble.directory, `stopped-${ctx.runId}`);
      const named = (key: string): string => `${ctx.runId} ${ctx.stageId} ${key}`;
      const step = (key: string, act = (): void => {}): Promise<string> =>
        ctx.step(key, async ({ idempotencyKey, attempt }) => {
          trouble.enter({ step: named(key), idempotencyKey, attempt });
          await lasting(5);
          act();
          return key;
        });
      const done = [await step("a")];
      if (place === "between" && first()) trouble.stop();
      done.push(
        await step("b", () => {
          if (place === "inside" && first()) trouble.stop();
          if (place === "commit" && first()) trouble.stopBefore(named("b"));
        }),
      );
      done.push(await step("c"));
      return done;
    },
  });
}

/** A step that blocks the whole process, the first time or every time. */
function blockingWorkflow(trouble: Trouble): Workflow<unknown, unknown> {
  return defineWorkflow({
    id: "blocking",
    async run(ctx, input) {
      const { blocks, blockMs } = input as Blocking;
      return ctx.step("block", ({ idempotencyKey, attempt }) => {
        trouble.enter({ step: `${ctx.runId} ${ctx.stageId} block`, idempotencyKey, attempt });
        if (blocks === "once" && !isFirst(trouble.directory, `blocked-${ctx.runId}`)) return "free";
        for (const until = performance.now() + blockMs; performance.now() < until; );
        return "free";
      });
    },
  });
}

/** Ten steps of a quarter of a second. */
function steadyWorkflow(trouble: Trouble): Workflow<unknown, unknown> {
  return defineWorkflow({
    id: "steady",
    async run(ctx, input) {
      for (let i = 0; i < 10; i++) {
        await ctx.step(`beat-${i}`, async ({ idempotencyKey, attempt }) => {
          const step = `${ctx.runId} ${ctx.stageId} beat-${i}`;
          trouble.enter({ step, idempotencyKey, attempt });
          await lasting(250);
        });
      }
      return input;
    },
  });
}

export const troubleWorkflows = (trouble: Trouble): readonly Workflow<unknown, unknown>[] => [
  stoppingWorkflow(trouble),
  blockingWorkflow(trouble),
  steadyWorkflow(trouble),
];

/** True for one caller of all processes. */
function isFirst(directory: string, mark: string): boolean {
  try {
    writeFileSync(join(directory, mark), String(process.pid), { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
