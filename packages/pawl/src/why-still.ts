import type { NoCompatibleWorker, RunView, StageHold } from "@pawl/kernel";

/** Why a run has not ended, and what to do about it, in one or two sentences. */
export function whyStill(run: RunView | undefined): string {
  const [hold] = run?.holds ?? [];
  if (hold) return whyHeld(hold);
  if (run?.noCompatibleWorker) return whyNobody(run, run.noCompatibleWorker);
  if (run?.status === "paused") return "It is paused; resume it.";
  return "It goes on; ask again for its result.";
}

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
