import { unknownRun } from "../engine/change-run.ts";
import type { Engine } from "../engine/engine.ts";
import { unpackValue } from "../engine/unpack.ts";
import type { Failure } from "../state/failure.ts";
import type { RunRow, RunStatus } from "../state/run.ts";
import type { HoldReason } from "../state/stage.ts";
import { type FailedAt, failedAtOf } from "./failed-at.ts";
import { type NoCompatibleWorker, noCompatibleWorker } from "./no-compatible-worker.ts";
import { type OpenStage, openStagesOf } from "./open-stages.ts";

/** A run as readers see it: `waiting` is derived, payloads are decoded. */
export interface RunView {
  readonly id: string;
  readonly workflowId: string;
  readonly workflowVersion: string;
  readonly status: RunStatus | "waiting";
  readonly rev: number;
  readonly input: unknown;
  readonly output: unknown;
  readonly failure: Failure | null;
  /** Of a failed run; null when it failed as a whole, such as by its time limit. */
  readonly failedAt: FailedAt | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly createdAt: number;
  /** When a pending run starts; null for one that was started at once. */
  readonly startAt: number | null;
  readonly endedAt: number | null;
  /** Stages that nobody will go on with before an operator acts; usually none. */
  readonly holds: readonly StageHold[];
  /** Looked for only when asked; null when not asked, or when a live worker may go on. */
  readonly noCompatibleWorker: NoCompatibleWorker | null;
  /** What its open stages wait for. Looked for only when asked; null when not. */
  readonly openStages: readonly OpenStage[] | null;
}

export interface RunAsked {
  /** Also look whether a live worker has the workflow in the run's version and structure. */
  readonly workers?: boolean;
  /** Also look what the open stages wait for. */
  readonly openStages?: boolean;
}

/** Why a stage stands still, and what to read about it. */
export interface StageHold {
  readonly stageId: string;
  readonly reason: HoldReason;
  readonly failure: Failure | null;
}

/** Row of a run of this namespace. */
export async function runRow(engine: Engine, runId: string): Promise<RunRow> {
  const run = await engine.persistence.query.get("runs", { id: runId });
  if (!run || run.namespace !== engine.namespace) throw unknownRun(runId);
  return run;
}

export async function getRun(
  engine: Engine,
  runId: string,
  { workers = false, openStages = false }: RunAsked = {},
): Promise<RunView> {
  const run = await runRow(engine, runId);
  const decode = async (packed: string | null, field: string): Promise<unknown> =>
    packed === null ? undefined : unpackValue(engine, packed, { runId, field });
  return {
    id: run.id,
    workflowId: run.workflowId,
    workflowVersion: run.workflowVersion,
    status: (await isWaiting(engine, run)) ? "waiting" : run.status,
    rev: run.rev,
    input: await decode(run.input, "input"),
    output: await decode(run.output, "runOutput"),
    failure: run.failure,
    failedAt: await failedAtOf(engine, run),
    labels: run.labels,
    actor: run.actor,
    reason: run.reason,
    createdAt: run.createdAt,
    startAt: run.startAt,
    endedAt: run.endedAt,
    holds: await holdsOf(engine, run),
    noCompatibleWorker: workers ? await noCompatibleWorker(engine, run) : null,
    openStages: openStages ? await openStagesOf(engine, run) : null,
  };
}

/** Stages that wait for an operator, and why; a pause is the run's status, not listed here. */
async function holdsOf(engine: Engine, run: RunRow): Promise<readonly StageHold[]> {
  if (run.endedAt !== null) return [];
  const held = await engine.persistence.query.find({
    table: "stages",
    where: { runId: run.id, superseded: false, held: true },
    limit: HOLDS_MAX,
  });
  return held.flatMap(({ stageId, holdReason, failure }) =>
    holdReason === null || holdReason === "paused"
      ? []
      : [{ stageId, reason: holdReason, failure }],
  );
}

const HOLDS_MAX = 100;

/** Running, but nothing of it can run now: every open stage waits. */
async function isWaiting(engine: Engine, run: RunRow): Promise<boolean> {
  if (run.status !== "running") return false;
  const where = { runId: run.id, superseded: false };
  const { query } = engine.persistence;
  const active = await query.count("stages", { ...where, status: { in: ["ready", "running"] } }, 1);
  return active === 0 && (await query.count("stages", { ...where, status: "suspended" }, 1)) > 0;
}
