import { draft } from "../decide/draft.ts";
import type { JobExecuted } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { Job } from "../state/dispatch.ts";
import { cutText } from "../state/failure.ts";
import type { StageKey } from "../state/ids.ts";
import { fromDbNow } from "../state/time.ts";

/** What a hint points at. */
export interface Hint {
  readonly stage: StageKey;
  /** Why nothing could be claimed for it, and when to look again if that is known. */
  standing(engine: Engine): Promise<JobExecuted>;
}

/** Reads an untrusted message; undefined when it is no job of this version. */
export function readJob(message: unknown): Hint | undefined {
  const job = message as Partial<Job> | null | undefined;
  if (typeof job !== "object" || job === null || job.v !== 1) return undefined;
  const { workflowRunId: runId, stageId, mapIndex, generation, attempt } = job;
  if (typeof runId !== "string" || typeof stageId !== "string") return undefined;
  if (!isCount(mapIndex) || !isCount(generation) || !isCount(attempt)) return undefined;
  const stage = { runId, stageId, mapIndex, generation };
  return { stage, standing: (engine) => standingOf(engine, stage, attempt) };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

/** Finished, stale and unknown are ghosts; not due is early; owned, held or blocked is busy. */
async function standingOf(engine: Engine, stage: StageKey, attempt: number): Promise<JobExecuted> {
  const snapshot = await engine.persistence.load(stage.runId, { stages: [stage] });
  const row = snapshot?.run.namespace === engine.namespace ? snapshot.stages[0] : undefined;
  if (!snapshot || !row || row.attempt !== attempt || row.endedAt !== null)
    return { outcome: "ghost", stages: 0 };
  if (row.status === "running" || row.held || row.status === "blocked")
    return { outcome: "busy", stages: 0 };
  const due = row.status === "suspended" ? row.wakeAt : row.availableAt;
  if (due !== null && due <= snapshot.dbNow) return { outcome: "busy", stages: 0 };
  return { outcome: "early", stages: 0, ...(due === null ? {} : { retryAt: due }) };
}

const BODY_LENGTH_MAX = 2_000;

/** A malformed message leaves a bounded dead letter; then it may be acknowledged. */
export async function refuseJob(engine: Engine, message: unknown): Promise<JobExecuted> {
  const body = cutText(describe(message), BODY_LENGTH_MAX);
  engine.logger.log("warn", "malformed job", { body });
  const id = engine.ids.newId();
  await engine.commits.commit(
    draft({
      commitId: engine.ids.newId(),
      guards: [{ kind: "absent", row: { table: "deadLetters", key: { id } } }],
      writes: [
        {
          op: "insert",
          table: "deadLetters",
          row: {
            id,
            namespace: engine.namespace,
            kind: "message",
            version: 1,
            runId: null,
            stageId: null,
            mapIndex: null,
            generation: null,
            rev: null,
            reason: "malformed",
            failure: null,
            body,
            createdAt: fromDbNow(),
            resolvedAt: null,
            resolution: null,
            actor: null,
          },
        },
      ],
    }),
  );
  return { outcome: "ghost", stages: 0 };
}

function describe(message: unknown): string {
  try {
    return typeof message === "string" ? message : (JSON.stringify(message) ?? typeof message);
  } catch {
    return typeof message;
  }
}
