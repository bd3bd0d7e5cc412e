import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createKernel, createRegistry, defineStage, WorkflowBuilder } from "@pawl/kernel";
import type { Runtime } from "@pawl/kernel/ports";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { createSqlTransport } from "@pawl/transport-sql";

/** What a program without globals must be handed by whoever has a platform. */
export interface Platform {
  /** One macrotask. */
  turn(): Promise<void>;
  digest(bytes: Uint8Array): string;
}

const double = defineStage({
  id: "double",
  schemas: {},
  async execute(ctx) {
    const n = await ctx.step("double", () => Number(ctx.input) * 2);
    await ctx.sleep("nap", "1 h");
    return { output: n };
  },
});

const describeIt = defineStage({
  id: "describe",
  schemas: {},
  execute: async (ctx) => ({
    output: await ctx.step("describe", () => new Map([["é😀", BigInt(Number(ctx.input))]])),
  }),
});

/** Runs a workflow of two stages with a durable sleep between, in time of its own. */
export async function runTwoStages(platform: Platform): Promise<unknown> {
  let now = 1_000;
  let ids = 0;
  const clock = { now: () => now, monotonic: () => now };
  const kernel = createKernel({
    persistence: createMemoryPersistence({ clock }),
    blobStore: createMemoryBlobStore(),
    jobTransport: createSqlTransport(),
    registry: createRegistry([new WorkflowBuilder("w").pipe(double).pipe(describeIt).build()]),
    clock,
    runtime: runtimeOn(platform),
    ids: { newId: () => `id${++ids}`, random: () => 0.5 },
  });
  const lease = { workerId: "w", host: "h", pid: 1, leaseTtlMs: 86_400_000 };
  const session = await kernel.dispatch({ type: "worker.register", ...lease });
  const run = await kernel.dispatch({ type: "run.create", workflowId: "w", input: 21 });
  for (let rounds = 0; rounds < 10; rounds++) {
    const stages = await kernel.dispatch({ type: "job.claim", session, limit: 1 });
    for (const claimed of stages) {
      await kernel.dispatch({ type: "job.execute", session, claimed });
    }
    now += 3_600_000;
  }
  const { status, output } = await kernel.query.getRun(run.workflowRunId);
  return { status, output };
}

/** Nothing here waits for time to pass: an `after` that is not cancelled never settles. */
function runtimeOn({ turn, digest }: Platform): Runtime {
  return {
    turn,
    after: (_ms, cancel) =>
      new Promise(
        (resolve) =>
          void cancel?.cancelled.then(
            () => resolve(),
            () => resolve(),
          ),
      ),
    newAbort() {
      const signal = { aborted: false, reason: undefined as unknown };
      const abort = (reason: unknown) => Object.assign(signal, { aborted: true, reason });
      return { signal: signal as never, abort };
    },
    digest: async (bytes) => digest(bytes),
  };
}
