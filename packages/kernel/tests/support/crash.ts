import type { AnyWorkflow } from "@pawl/kernel";
import type { Persistence } from "@pawl/kernel/ports";
import { createMemoryStore } from "@pawl/persistence-memory";
import { Harness } from "./harness.ts";
import { VirtualWorld } from "./virtual-world.ts";

/** `before`: the commit never reached the store; `after`: it did, its answer never came back. */
export interface CrashPoint {
  readonly commit: number;
  readonly side: "before" | "after";
}

export interface CrashScenario {
  readonly workflow: (world: VirtualWorld) => AnyWorkflow;
  readonly input?: unknown;
}

const LEASE_MS = 25_000;
const never = <T>(): Promise<T> => new Promise(() => {});

/** A process that is gone from its n-th commit on: none of its calls is answered any more. */
function dying(point: CrashPoint, onDeath: () => void): (persistence: Persistence) => Persistence {
  let commits = 0;
  let dead = false;
  return (inner) => {
    const guarded =
      <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        dead ? never() : method(...args).then((result) => (dead ? never<R>() : result));
    const write =
      <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (dead) return never();
        commits += 1;
        if (commits !== point.commit) return guarded(method)(...args);
        dead = point.side === "before";
        if (!dead) {
          const result = method(...args);
          dead = true;
          await result;
        }
        onDeath();
        return never();
      };
    return {
      ...inner,
      commit: write((plan) => inner.commit(plan)),
      commitMany: write((plans) => inner.commitMany(plans)),
      claim: guarded((request) => inner.claim(request)),
      load: guarded((run, need) => inner.load(run, need)),
      memoPage: guarded((stage, after, bounds) => inner.memoPage(stage, after, bounds)),
      heartbeat: guarded((session, beat) => inner.heartbeat(session, beat)),
      sweep: guarded((request) => inner.sweep(request)),
    };
  };
}

/** Runs to the end with a crash at the given commit and another process taking over. */
async function runWithCrash(
  scenario: CrashScenario,
  point: CrashPoint,
): Promise<{ readonly crashed: boolean; readonly survivor: Harness; readonly runId: string }> {
  const world = new VirtualWorld();
  const store = createMemoryStore();
  const workflow = scenario.workflow(world);
  const starter = new Harness([workflow], { world, store });
  const runId = await starter.start(workflow.id, scenario.input);
  let crashed = false;
  const died = new Promise<void>((resolve) => {
    const wrap = dying(point, () => {
      crashed = true;
      resolve();
    });
    const victim = new Harness([workflow], { world, store, wrap, leaseTtlMs: LEASE_MS });
    void victim.drain().then(resolve, resolve);
  });
  await died;
  world.abandon();
  await world.advance(LEASE_MS + 1);
  const survivor = new Harness([workflow], { world, store });
  await survivor.kernel.maintain();
  await survivor.drain();
  return { crashed, survivor, runId };
}

/** Every crash point of a scenario, until a run ends without meeting one. */
export async function eachCrashPoint(
  scenario: CrashScenario,
  check: (at: CrashPoint, survivor: Harness, runId: string) => Promise<void>,
): Promise<number> {
  let points = 0;
  for (const side of ["before", "after"] as const) {
    for (let commit = 1; ; commit++) {
      const point = { commit, side };
      const { crashed, survivor, runId } = await runWithCrash(scenario, point);
      await check(point, survivor, runId);
      if (!crashed) break;
      points += 1;
    }
  }
  return points;
}
