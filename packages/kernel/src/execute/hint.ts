import { decideRefuseMessage } from "../decide/refuse-message.ts";
import type { GhostReason, JobExecuted } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { cutText } from "../state/failure.ts";
import type { ReadJob } from "../state/read-job.ts";

const ghost = (reason: GhostReason): JobExecuted => ({
  outcome: "ghost",
  stages: 0,
  ghost: reason,
});

/**
 * Why nothing could be claimed for a job, and when to look again if that is known. Not due is
 * early; due and not claimed, as by a process without its code, is busy; all else is a ghost.
 */
export async function standingOf(
  engine: Engine,
  { stage, attempt }: ReadJob,
): Promise<JobExecuted> {
  const snapshot = await engine.persistence.load(stage.runId, { stages: [stage] });
  const row = snapshot?.run.namespace === engine.namespace ? snapshot.stages[0] : undefined;
  if (!snapshot || !row) {
    tell(engine, "unknown", { ...stage });
    return ghost("unknown");
  }
  if (row.endedAt !== null) return ghost("finished");
  if (row.attempt !== attempt) return ghost("stale");
  if (row.status === "running") return ghost("owned");
  if (row.held || row.status === "blocked") return ghost("waiting");
  const due = row.status === "suspended" ? row.wakeAt : row.availableAt;
  if (due === null) return ghost("waiting");
  if (due <= snapshot.dbNow) return { outcome: "busy", stages: 0 };
  return { outcome: "early", stages: 0, retryAt: due };
}

const BODY_LENGTH_MAX = 2_000;
/** Of a kind, in a minute. */
const LETTERS_MAX = 20;

/**
 * A message that is no job leaves a dead letter, cut to what helps; then it may be acknowledged.
 * Beyond a number of them in a short time they are only counted.
 */
export async function refuseJob(
  engine: Engine,
  message: unknown,
  reason: GhostReason,
): Promise<JobExecuted> {
  const body = cutText(describe(message), BODY_LENGTH_MAX);
  if (tell(engine, reason, { body }) > LETTERS_MAX) return ghost(reason);
  const { namespace, ids } = engine;
  await engine.commits.commit(
    decideRefuseMessage({ commitId: ids.newId(), id: ids.newId(), namespace, reason, body }),
  );
  return ghost(reason);
}

/** Logs the first of a kind in a minute, and answers how many there were. */
function tell(
  { strayMessages, clock, logger }: Engine,
  reason: GhostReason,
  facts: Readonly<Record<string, unknown>>,
): number {
  const { nth, suppressed } = strayMessages.count(reason, clock.monotonic());
  if (nth > 1) return nth;
  logger.log("warn", "a message is no job of this engine", { reason, suppressed, ...facts });
  return nth;
}

function describe(message: unknown): string {
  try {
    return typeof message === "string" ? message : (JSON.stringify(message) ?? typeof message);
  } catch {
    return typeof message;
  }
}
