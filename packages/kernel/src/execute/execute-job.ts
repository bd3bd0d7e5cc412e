import { claimJobs } from "../commands/claim-job.ts";
import type { JobExecute, JobExecuted } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { LiveSession } from "../engine/live-sessions.ts";
import { EngineError } from "../errors/engine-error.ts";
import { readJob } from "../state/read-job.ts";
import type { ClaimedStage } from "../state/snapshot.ts";
import { abandon } from "./abandon.ts";
import { Budget } from "./budget.ts";
import { mayContinue } from "./continuation.ts";
import type { Outcome } from "./end.ts";
import { Execution } from "./execution.ts";
import { refuseJob, standingOf } from "./hint.ts";
import { commitEnding } from "./outcome.ts";
import { runStage } from "./run-stage.ts";

/** Runs a claimed stage, or claims what a hint names, and goes on with the next where it may. */
export async function executeJob(engine: Engine, command: JobExecute): Promise<JobExecuted> {
  const session = engine.sessions.get(command.session.id);
  if (!session) throw unknownSession(command.session.id);
  const budget = new Budget(command.budget);
  if ("claimed" in command) {
    return executeClaimed(engine, { session, first: command.claimed, budget });
  }
  const job = readJob(command.job);
  if (typeof job === "string") return refuseJob(engine, command.job, job);
  const [claimed] = await claimJobs(engine, {
    type: "job.claim",
    session: command.session,
    limit: 1,
    stages: [job.stage],
    ...(session.queues ? { queues: session.queues } : {}),
  });
  if (claimed) return executeClaimed(engine, { session, first: claimed, budget });
  return standingOf(engine, job);
}

interface ClaimedJob {
  readonly session: LiveSession;
  readonly first: ClaimedStage;
  readonly budget: Budget;
}

async function executeClaimed(
  engine: Engine,
  { session, first, budget }: ClaimedJob,
): Promise<JobExecuted> {
  const { stickyStagesMax, stickyMs } = engine.limits;
  const until = engine.clock.monotonic() + stickyMs;
  let stages = 0;
  for (let claimed = first; ; ) {
    stages += 1;
    const sticky = () => stages < stickyStagesMax && engine.clock.monotonic() < until;
    const { next, ...executed } = await executeStage(engine, {
      session,
      claimed,
      sticky,
      budget,
    });
    if (!next) return { ...executed, stages };
    claimed = next;
  }
}

interface StageToRun {
  readonly session: LiveSession;
  readonly claimed: ClaimedStage;
  readonly sticky: () => boolean;
  readonly budget: Budget;
}

async function executeStage(
  engine: Engine,
  { session, claimed, sticky, budget }: StageToRun,
): Promise<Outcome> {
  const workflow = engine.registry.byDefinition(claimed.run.definition);
  const node = workflow?.graph.nodes.get(claimed.stage.stageId);
  if (!workflow || !node) {
    throw new EngineError(
      "E_WORKFLOW_UNKNOWN",
      `Stage "${claimed.stage.stageId}" of "${claimed.run.definition}" is not registered here.`,
    );
  }
  const execution = new Execution({ engine, claimed, workflow, node, session });
  session.add(execution, engine.clock.monotonic());
  budget.bind(execution);
  try {
    const ending = await runStage(execution);
    return await commitEnding(execution, ending, sticky() && mayContinue(execution));
  } catch (error) {
    return await abandon(execution, error);
  } finally {
    session.remove(execution);
    budget.release();
  }
}

const unknownSession = (id: string): EngineError =>
  new EngineError("E_SESSION_LOST", `There is no session ${JSON.stringify(id)} in this process.`, {
    details: { id },
  });
