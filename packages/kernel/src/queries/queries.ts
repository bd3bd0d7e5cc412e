import type { Engine } from "../engine/engine.ts";
import type { SeenSession, WorkerRow } from "../state/lease.ts";
import type { LogRow } from "../state/records.ts";
import { getRun, type RunAsked, type RunView } from "./get-run.ts";
import {
  getProgress,
  getTimeline,
  type LogOptions,
  listLogs,
  type Timeline,
  type TimelineOptions,
} from "./get-timeline.ts";
import { listRuns, type RunFilter, type RunPage } from "./list-runs.ts";
import { listWorkers } from "./list-workers.ts";

/** Reading never changes anything. */
export interface Queries {
  /** @throws EngineError E_RUN_UNKNOWN */
  getRun(runId: string, asked?: RunAsked): Promise<RunView>;
  listRuns(filter?: RunFilter): Promise<RunPage>;
  getTimeline(runId: string, options?: TimelineOptions): Promise<Timeline>;
  getProgress(runId: string, stageId: string): Promise<unknown>;
  listLogs(runId: string, options?: LogOptions): Promise<readonly LogRow[]>;
  /** Sessions that are not gone. */
  listWorkers(): Promise<readonly WorkerRow[]>;
  /** Sessions that are not gone and whose process, by the database's word, seems to be dead. */
  deadSessions(): Promise<readonly SeenSession[]>;
}

export const createQueries = (engine: Engine): Queries => ({
  getRun: (runId, asked) => getRun(engine, runId, asked),
  listRuns: (filter) => listRuns(engine, filter),
  getTimeline: (runId, options) => getTimeline(engine, runId, options),
  getProgress: (runId, stageId) => getProgress(engine, runId, stageId),
  listLogs: (runId, options) => listLogs(engine, runId, options),
  listWorkers: () => listWorkers(engine),
  deadSessions: async () => (await engine.persistence.deadSessions?.(engine.namespace)) ?? [],
});
