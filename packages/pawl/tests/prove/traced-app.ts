import { createRegistry, EngineError } from "@pawl/kernel";
import {
  type CommitPlan,
  type CommitResult,
  type Persistence,
  stageKeyText,
} from "@pawl/kernel/ports";
import { createMysqlPersistence, createPostgresPersistence } from "@pawl/persistence-sql";
import { type AppParts, compose } from "../../src/compose.ts";
import type { AnyWorkflow, PawlOptions } from "../../src/index.ts";
import { type DatabasePlace, locate, locateBlobs } from "../../src/locations.ts";
import { openBlobStore } from "../../src/open-blob-store.ts";
import { openPersistence } from "../../src/open-persistence.ts";
import { openTransports } from "../../src/open-transports.ts";
import type { Said, WorkerSettings } from "./worker-settings.ts";

export interface Trace {
  /** Called before plans reach the database. */
  committing(plans: readonly CommitPlan[]): void;
  say(said: Said): void;
}

export interface Watched {
  readonly fences: Fences;
  readonly trace: Trace;
  readonly settings: Pick<
    WorkerSettings,
    "databaseUrl" | "queueUrl" | "apart" | "statementTimeoutMs"
  >;
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
  watched: Watched,
): Promise<AppParts> {
  const { directory, synchronous = "FULL" } = options;
  const { databaseUrl, queueUrl, statementTimeoutMs } = watched.settings;
  const environment = { PAWL_DATABASE_URL: databaseUrl };
  const wanted = { directory, databasePath: undefined };
  const database = locate(wanted, environment);
  const blobStore = await openBlobStore(locateBlobs(wanted, environment));
  const persistence =
    statementTimeoutMs === undefined
      ? await openPersistence(database, { synchronous, migrate: false })
      : await openHasty(database, statementTimeoutMs);
  const parts = compose(options, {
    persistence: traced(persistence, watched),
    registry: createRegistry(workflows),
    blobStore,
    own: await openTransports(queueUrl, { workflows, host: options.host }),
  });
  try {
    await parts.host.start();
  } catch (error) {
    await persistence.close();
    throw error;
  }
  return parts;
}

/** A server that is given up soon when it says nothing. */
export function openHasty(place: DatabasePlace, statementTimeoutMs: number): Promise<Persistence> {
  if (place.kind === "sqlite") throw new Error("a file has no statement timeout");
  const { kind, url } = place;
  return kind === "postgres"
    ? createPostgresPersistence({ url, statementTimeoutMs, connectTimeoutMs: statementTimeoutMs })
    : createMysqlPersistence({ url, statementTimeoutMs });
}

function traced(persistence: Persistence, { fences, trace, settings }: Watched): Persistence {
  const asked = async <T>(call: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    try {
      return await call();
    } catch (error) {
      const ms = Math.round(performance.now() - begun);
      if (EngineError.is(error)) trace.say({ type: "unavailable", code: error.code, ms });
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
    heartbeat: (...beat) => asked(() => persistence.heartbeat(...beat)),
    commit: async (given) => {
      const plan = settings.apart ? onItsOwn(given) : given;
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

/** The same plan for a process that shares its machine with nobody. */
const onItsOwn = (plan: CommitPlan): CommitPlan => ({
  ...plan,
  writes: plan.writes.map((write) =>
    write.op === "insert" && write.table === "workers"
      ? { ...write, row: { ...write.row, host: `${write.row.host}/${process.pid}` } }
      : write,
  ),
});

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
