import { setTimeout as wait } from "node:timers/promises";
import { readKill } from "../evidence/crash.ts";
import type { ProgressState, ProgressView } from "../terminal/progress-state.ts";
import type { DemoSession } from "./demo-session.ts";
import { killHalfway } from "./kill-worker.ts";
import { progressOf } from "./progress.ts";
import { findings, verdictOn } from "./verdict.ts";

const LOOK_MS = 200;
const ENDED: readonly string[] = ["completed", "failed", "cancelled"];

/** Shows the run until it ends, and answers whether all that was promised holds. */
export async function watchRun(
  session: DemoSession,
  view: ProgressView,
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const untilOver = AbortSignal.any([signal, over.signal]);
  const trouble = [session.workers.allLost];
  const notes: string[] = [];
  const say = (said: string): void => void notes.push(said);
  if (session.job.options.crash) trouble.push(failureOf(killHalfway(session, say, untilOver)));
  try {
    for (;;) {
      const status = await session.run.status();
      view.update(await look(session, notes));
      if (ENDED.includes(status)) return await conclude(session, view);
      await Promise.race([wait(LOOK_MS, undefined, { signal: untilOver }), ...trouble]);
    }
  } finally {
    over.abort();
  }
}

/** Never resolves; rejects when the work fails. */
const failureOf = (work: Promise<void>): Promise<never> => {
  const failure = work.then(() => new Promise<never>(() => undefined));
  failure.catch(() => undefined);
  return failure;
};

async function look(session: DemoSession, notes: readonly string[]): Promise<ProgressState> {
  const { run, records, journal, workers, expected, startedAt } = session;
  const [stages, steps, sessions] = await Promise.all([
    records.stages(run.id),
    records.steps(run.id),
    session.kernel.query.listWorkers(),
  ]);
  return progressOf({
    runId: run.id,
    elapsedMs: Date.now() - startedAt,
    expected,
    stages,
    steps,
    journal: journal.read(),
    workers: workers.list,
    sessions,
    note: notes.at(-1),
  });
}

async function conclude(session: DemoSession, view: ProgressView): Promise<boolean> {
  const { run, records, journal, startedAt, job } = session;
  const written = await run.result();
  const elapsedMs = Date.now() - startedAt;
  const verdict = verdictOn({
    steps: await records.steps(run.id),
    journal: journal.read(),
    startedAt,
    kill: await readKill(job.directory),
    killWanted: job.options.crash,
  });
  const kept = job.options.keep ? [`state kept in ${job.directory}`] : [];
  view.finish({
    runId: run.id,
    status: "completed",
    elapsedMs,
    lines: [...findings(written), ...verdict.lines, ...kept],
    files: written.files,
  });
  return verdict.holds;
}
