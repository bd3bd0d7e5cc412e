import { type DeleteRun, decideDeleteLetters, decideDeleteRun } from "../decide/delete-run.ts";
import { type Decision, isRejection, SETTLED } from "../decide/draft.ts";
import { changeRun } from "../engine/change-run.ts";
import type { CommandBase, Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { forEachDue } from "../engine/sweep.ts";
import {
  isTerminalRun,
  isUndelivered,
  type RunFacts,
  TERMINAL_RUN_STATUSES,
} from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { controlRun, operatorOf } from "./control-run.ts";
import { flushWholeRun } from "./flush-outbox.ts";

/**
 * Removes one ended run; a live one only with `force`, after terminating it. What the event sink
 * has not seen of it is delivered first; where that fails the run stays, but with `force`.
 *
 * @throws EngineError E_RUN_LIVE; E_STATE_INVALID for a run of which events are undelivered
 */
export async function deleteRun(
  engine: Engine,
  command: Commands["run.delete"][0],
): Promise<{ deleted: boolean }> {
  const { workflowRunId: runId, force = false } = command;
  const run = await engine.persistence.query.get("runs", { id: runId });
  if (run?.namespace === engine.namespace) {
    const live = !isTerminalRun(run.status);
    if (live && force) await controlRun(engine, { ...command, type: "run.terminate" });
    if (!live || force) await forEachDue(engine, [runId], (id) => flushWholeRun(engine, id));
  }
  await changeRun(engine, {
    runId,
    need: {},
    decide: ({ run }) => decideRemoval(engine, run, { command, verb: "delete", force }),
  });
  return { deleted: true };
}

/**
 * Retention: removes runs that ended before an instant, oldest first, in one bounded batch. A run
 * that was reopened since it was listed stays, and one of which the event sink would not take
 * what it has not seen.
 */
export async function purgeRuns(
  engine: Engine,
  command: Commands["run.purge"][0],
): Promise<{ purged: number; runIds: readonly string[] }> {
  const rows = await engine.persistence.query.find({
    table: "runs",
    where: {
      namespace: engine.namespace,
      status: { in: TERMINAL_RUN_STATUSES },
      endedAt: { lt: command.endedBefore },
    },
    orderBy: ["endedAt"],
    limit: Math.min(command.limit ?? engine.limits.sweepRows, 1_000),
  });
  const runIds = rows.map((run) => run.id);
  if (command.dryRun) return { purged: 0, runIds };
  const undelivered = new Set(rows.filter(isUndelivered).map((run) => run.id));
  const removed = new Set<string>();
  const purged = await forEachDue(engine, runIds, async (runId) => {
    if (undelivered.has(runId)) await flushWholeRun(engine, runId);
    const decide = async ({ run }: Snapshot): Promise<Decision> =>
      run.endedAt !== null && run.endedAt < command.endedBefore
        ? decideRemoval(engine, run, { command, verb: "purge", force: false })
        : SETTLED;
    const { committed } = await changeRun(engine, { runId, need: {}, decide });
    if (committed) removed.add(runId);
    return committed !== undefined;
  });
  return { purged, runIds: runIds.filter((id) => removed.has(id)) };
}

/** Letters in one plan; those of a run with more go first, in plans of their own. */
const LETTERS_MAX = 500;

async function decideRemoval(
  engine: Engine,
  run: RunFacts,
  { command, verb, force }: Pick<DeleteRun, "verb" | "force"> & { command: CommandBase },
): Promise<Decision> {
  for (;;) {
    const letters = await engine.persistence.query.find({
      table: "deadLetters",
      where: { runId: run.id },
      limit: LETTERS_MAX,
    });
    const letterIds = letters.map(({ id }) => id);
    const remove = { ...operatorOf(engine, command), verb, force, letterIds };
    const decision = decideDeleteRun(run, remove);
    if (letterIds.length < LETTERS_MAX || isRejection(decision)) return decision;
    const some = await engine.commits.commit(decideDeleteLetters(run, remove));
    if (!some.ok) return decision;
  }
}
