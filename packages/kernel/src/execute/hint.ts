import type { JobExecuted, JobOutcome } from "../commands/command.ts";
import type { Engine } from "../commands/engine.ts";
import { draft } from "../decide/draft.ts";
import type { Job } from "../state/dispatch.ts";
import { cutText } from "../state/failure.ts";
import type { StageKey } from "../state/ids.ts";
import { fromDbNow } from "../state/time.ts";

/** What a hint points at. */
export interface Hint {
  readonly stage: StageKey;
  /** Why nothing could be claimed for it. */
  standing(engine: Engine): Promise<Extract<JobOutcome, "ghost" | "early" | "busy">>;
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

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Finished, stale and unknown are ghosts; not due is early; owned, held or blocked is busy. */
async function standingOf(
  engine: Engine,
  stage: StageKey,
  attempt: number,
): Promise<"ghost" | "early" | "busy"> {
  const snapshot = await engine.persistence.load(stage.runId, { stages: [stage] });
  const row = snapshot?.stages[0];
  if (!snapshot || !row || row.attempt !== attempt || row.endedAt !== null) return "ghost";
  if (row.status === "running" || row.held || row.status === "blocked") return "busy";
  const due = row.status === "suspended" ? row.wakeAt : row.availableAt;
  return due === null || due > snapshot.dbNow ? "early" : "busy";
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
