import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import type { Prove } from "./bench.ts";

const NAP_MS = 250;
const START_IN_MS = 500;
/** By which two clocks may differ within that time. */
const SLACK_MS = 30;

/** What happens later, and the ledger that tells of it. */
export function timeCases(prove: Prove): void {
  durableSleep(prove);
  delayedStart(prove);
  ledger(prove);
}

const durableSleep = (prove: Prove): void =>
  prove(
    "HOST-3 a durable sleep wakes in its time, and what came before it is not done again",
    ({ marks }) => [
      defineWorkflow({
        id: "nap",
        async run(ctx) {
          const time = (key: string): Promise<number> =>
            ctx.step(key, () => {
              marks.add(key);
              return Date.now();
            });
          const before = await time("before");
          await ctx.sleep("nap", NAP_MS);
          return (await time("after")) - before;
        },
      }),
    ],
    async ({ expect, marks, run }) => {
      const { status, output } = await run("nap");
      expect(status).toBe("completed");
      expect(Number(output) >= NAP_MS - SLACK_MS, `it slept for ${output} ms`).toBe(true);
      expect(marks.all()).toEqual({ before: 1, after: 1 });
    },
  );

const delayedStart = (prove: Prove): void =>
  prove(
    "HOST-9 a delayed start is pending until its time and then begins by itself",
    () => [defineWorkflow({ id: "later", run: (ctx) => ctx.step("time", () => Date.now()) })],
    async ({ expect, host, ended }) => {
      const startAt = Date.now() + START_IN_MS;
      const runId = await host.start("later", undefined, { startAt });
      expect((await host.kernel.query.getRun(runId)).status).toBe("pending");
      const { status, output } = await ended(runId);
      expect(status).toBe("completed");
      const early = startAt - Number(output);
      expect(early <= SLACK_MS, `it began ${early} ms early`).toBe(true);
    },
  );

const ledger = (prove: Prove): void =>
  prove(
    "HOST-14 the events of a run number without a gap, from its creation to its end",
    () => {
      const stage = <const Id extends string>(id: Id) =>
        defineStage({
          id,
          schemas: {},
          retry: { maxAttempts: 2, initialDelay: 1 },
          async execute(ctx) {
            await ctx.sleep("nap", 10);
            if (ctx.attempt === 1) throw new Error("not yet");
            return { output: id };
          },
        });
      return [
        new WorkflowBuilder("ledger")
          .parallel([stage("a"), stage("b"), stage("c")])
          .pipe(stage("d"))
          .build(),
      ];
    },
    async ({ expect, host, run }) => {
      const { id, rev, status } = await run("ledger");
      expect(status).toBe("completed");
      const { events } = await host.kernel.query.getTimeline(id);
      expect(events.map((event) => event.rev)).toEqual(events.map((_, at) => at + 1));
      expect(rev).toBe(events.length);
      const types = events.map(({ type }) => type);
      expect([types[0], types.at(-1)]).toEqual(["run.created", "run.completed"]);
      const times = (wanted: string): number => types.filter((type) => type === wanted).length;
      expect([times("stage.attemptFailed"), times("stage.completed")]).toEqual([4, 4]);
    },
  );
