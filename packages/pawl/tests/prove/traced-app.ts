import { createRegistry, EngineError } from "@pawl/kernel";
import {
  type CommitPlan,
  type CommitResult,
  type Persistence,
  stageKeyText,
} from "@pawl/kernel/ports";
import { type AppParts, compose } from "../../src/compose.ts";
import type { AnyWorkflow, PawlOptions } from "../../src/index.ts";
import { locate } from "../../src/locations.ts";
import { openPersistence } from "../../src/open-persistence.ts";
import type { Said } from "./worker-settings.ts";

export interface Trace {
  /** Called before plans reach the database. */
  committing(plans: readonly CommitPlan[]): void;
  say(said: Said): void;
}

/** Fences that this process holds or held, by the text of their stage's key. */
export class Fences {
  readonly #fences = new Map<string, number>();

  /** Newest fence under which this process executed the stage. */
  of(stage: string): number {
    return this.#fences.get(stage) ?? 0;
  }

  take(stage: string, fence: number): void {
    this.#fences.set(stage, fence);
  }
}

/** What `pawl` makes, on a database that is watched. */
export async function tracedApp(
  options: PawlOptions & { readonly directory: string },
  workflows: readonly AnyWorkflow[],
  watched: { readonly fences: Fences; readonly trace: Trace },
): Promise<AppParts> {
  const { directory, synchronous = "FULL" } = options;
  const places = locate({ directory, databasePath: undefined }, {});
  const persistence = await openPersistence(places.database, { synchronous, migrate: false });
  const parts = compose(options, {
    persistence: traced(persistence, watched),
    registry: createRegistry(workflows),
    blobDirectory: places.blobDirectory,
  });
  await parts.host.start();
  return parts;
}

function traced(
  persistence: Persistence,
  { fences, trace }: { readonly fences: Fences; readonly trace: Trace },
): Persistence {
  const asked = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (EngineError.is(error)) trace.say({ type: "unavailable", code: error.code });
      throw error;
    }
  };
  const answered = (plan: CommitPlan, result: CommitResult): void => {
    if (result.ok) takeStarted(fences, plan);
    else for (const said of refusals(plan, result.why)) trace.say(said);
  };
  return {
    ...persistence,
    claim: async (request) => {
      const claimed = await asked(() => persistence.claim(request));
      for (const { stage } of claimed) fences.take(stageKeyText(stage), stage.fence);
      return claimed;
    },
    commit: async (plan) => {
      trace.committing([plan]);
      const result = await asked(() => persistence.commit(plan));
      answered(plan, result);
      return result;
    },
    commitMany: async (plans) => {
      trace.committing(plans);
      const results = await asked(() => persistence.commitMany(plans));
      for (const [i, plan] of plans.entries()) answered(plan, results[i] as CommitResult);
      return results;
    },
  };
}

/** Keys of the steps that a plan records. */
export const recordedSteps = (plan: CommitPlan): readonly string[] =>
  plan.writes.flatMap((write) =>
    write.op === "insert" && write.table === "steps"
      ? [`${write.row.runId} ${write.row.stageId} ${write.row.key}`]
      : [],
  );

/** The end of a stage may start the next one in the same process. */
function takeStarted(fences: Fences, plan: CommitPlan): void {
  for (const write of plan.writes) {
    if (write.op !== "insert" || write.table !== "stages") continue;
    const { runId, stageId, mapIndex, generation, fence, status } = write.row;
    if (status !== "running") continue;
    const key = { runId, stageId, mapIndex: Number(mapIndex), generation: Number(generation) };
    fences.take(stageKeyText(key), Number(fence));
  }
}

function refusals(plan: CommitPlan, why: string): readonly Said[] {
  const stage = plan.guards.find((guard) => guard.kind === "stage");
  if (!stage) return [];
  return recordedSteps(plan).map((step) => ({ type: "refused", step, fence: stage.fence, why }));
}
