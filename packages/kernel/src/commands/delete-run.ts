import { decideDeleteLetters, decideDeleteRun } from "../decide/delete-run.ts";
import { type Decision, SETTLED } from "../decide/draft.ts";
import { changeRun } from "../engine/change-run.ts";
import type { CommandBase, Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { forEachDue } from "../engine/sweep.ts";
import { isTerminalRun, type RunFacts, TERMINAL_RUN_STATUSES } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { controlRun, operatorOf } from "./control-run.ts";

/** Removes one ended run; a live one only with `force`, after terminating it. */
export async function deleteRun(
  engine: Engine,
  command: Commands["run.delete"][0],
): Promise<{ deleted: boolean }> {
  if (command.force) await terminateIfLive(engine, command);
  await changeRun(engine, {
    runId: command.workflowRunId,
    need: {},
    decide: ({ run }) => decideRemoval(engine, run, { command, verb: "delete" }),
  });
  return { deleted: true };
}

async function terminateIfLive(engine: Engine, command: Commands["run.delete"][0]): Promise<void> {
  const run = await engine.persistence.query.get("runs", { id: command.workflowRunId });
  if (run && !isTerminalRun(run.status)) {
    await controlRun(engine, { ...command, type: "run.terminate" });
  }
}

/**
 * Retention: removes runs that ended before an instant, oldest first, in one bounded batch. A run
 * that was reopened since it was listed stays.
 */
export async function purgeRuns(
  engine: Engine,
  command: Commands["run.purge"][0],
): Promise<{ purged: number; runIds: readonly string[] }> {
  const limit = Math.min(command.limit ?? engine.limits.sweepRows, 1_000);
  const rows = await engine.persistence.query.find({
    table: "runs",
    where: {
      namespace: engine.namespace,
      status: { in: TERMINAL_RUN_STATUSES },
      endedAt: { lt: command.endedBefore },
    },
    orderBy: ["endedAt"],
    limit,
  });
  const runIds = rows.map((run) => run.id);
  if (command.dryRun) return { purged: 0, runIds };
  const removed = new Set<string>();
  const purged = await forEachDue(engine, runIds, async (runId) => {
    const decide = async ({ run }: Snapshot): Promise<Decision> =>
      endedBefore(run, command.endedBefore)
        ? decideRemoval(engine, run, { command, verb: "purge" })
        : SETTLED;
    const { committed } = await changeRun(engine, { runId, need: {}, decide });
    if (committed) removed.add(runId);
    return committed !== undefined;
  });
  return { purged, runIds: runIds.filter((id) => removed.has(id)) };
}

const endedBefore = ({ status, endedAt }: RunFacts, instant: number): boolean =>
  isTerminalRun(status) && endedAt !== null && endedAt < instant;

/** Letters in one plan; those of a run with more go first, in plans of their own. */
const LETTERS_MAX = 500;

async function decideRemoval(
  engine: Engine,
  run: RunFacts,
  { command, verb }: { readonly command: CommandBase; readonly verb: "delete" | "purge" },
): Promise<Decision> {
  for (;;) {
    const letters = await engine.persistence.query.find({
      table: "deadLetters",
      where: { runId: run.id },
      limit: LETTERS_MAX,
    });
    const letterIds = letters.map((letter) => letter.id);
    const remove = { ...operatorOf(engine, command), verb, letterIds };
    const isRest = letterIds.length < LETTERS_MAX || !isTerminalRun(run.status);
    if (isRest) return decideDeleteRun(run, remove);
    const some = await engine.commits.commit(decideDeleteLetters(run, remove));
    if (!some.ok) return decideDeleteRun(run, remove);
  }
}
