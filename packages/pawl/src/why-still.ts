import type { NoCompatibleWorker, OpenStage, RunView, StageHold } from "@pawl/kernel";

/** Why a run has not ended, and what to do about it, in a few sentences. */
export function whyStill(run: RunView | undefined, now: number): string {
  const [hold] = run?.holds ?? [];
  if (hold) return whyHeld(hold);
  if (run?.noCompatibleWorker) return whyNobody(run, run.noCompatibleWorker);
  if (run?.status === "paused") return "It is paused; resume it.";
  if (run?.status === "pending" && run.startAt !== null) return `It starts at ${iso(run.startAt)}.`;
  const open = (run?.openStages ?? []).slice(0, STAGES_SHOWN);
  return [
    ...open.map((stage) => whyOpen(stage, now)),
    "It goes on; ask again for its result.",
  ].join(" ");
}

const STAGES_SHOWN = 3;

function whyOpen(stage: OpenStage, now: number): string {
  const subject = `Stage "${stage.stageId}"`;
  switch (stage.waitsFor) {
    case "body":
      return `${subject} has been running for ${shownSpan(now - stage.startedAt)}.`;
    case "instant":
      return `${subject} waits until ${iso(stage.instant)}.`;
    case "worker":
      return `${subject} waits for a worker.`;
    case "stages":
      return `${subject} is blocked by ${stage.stageIds.map((id) => `"${id}"`).join(", ")}.`;
  }
}

const iso = (instant: number): string => new Date(instant).toISOString();

/** In the largest unit of which there are two: seconds, minutes, hours or days. */
function shownSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? SECOND;
  return `${Math.floor(seconds / size)} ${unit}`;
}

const SECOND = ["s", 1] as const;
const UNITS = [["d", 86_400], ["h", 3_600], ["min", 60], SECOND] as const;

function whyHeld({ stageId, reason, failure }: StageHold): string {
  const why = failure ? `: ${failure.message}` : ".";
  return `Stage "${stageId}" is held (${reason}) until an operator acts${why} See deadletter.list.`;
}

function whyNobody(
  run: RunView,
  { definition, queues, workers, others }: NoCompatibleWorker,
): string {
  if (workers === 0)
    return "NoCompatibleWorker: no worker is live. Start one, as by an app without worker: false.";
  const workflow = `"${run.workflowId}" version "${run.workflowVersion}" (${definition})`;
  if (others.length === 0) {
    const named = queues.map((queue) => `"${queue}"`).join(", ");
    return `NoCompatibleWorker: no live worker with workflow ${workflow} serves queue ${named}.`;
  }
  return (
    `NoCompatibleWorker: no live worker has workflow ${workflow}; they have ` +
    `${others.slice(0, OTHERS_SHOWN).join(", ")}. Start one with the code of that version.`
  );
}

const OTHERS_SHOWN = 5;
