import { refusedStages } from "../commands/conditions.ts";
import { runOutput } from "../commands/run-output.ts";
import { claimSuffices, decideFinishBranch, onlyCountsDown } from "../decide/finish-branch.ts";
import { decideFinishStage, type FinishPlan, type StageEnd } from "../decide/finish-stage.ts";
import type { StatusOf } from "../decide/readiness.ts";
import { announceWork, queuesOf } from "../engine/announce-work.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { CommitResult, Guard, Write } from "../state/plan.ts";
import type { ClaimedStage, Snapshot } from "../state/snapshot.ts";
import { continuation } from "./continuation.ts";
import type { Execution } from "./execution.ts";

export interface Finish {
  readonly end: StageEnd;
  readonly riders: readonly Write[];
  readonly riderGuards: readonly Guard[];
  /** The next stage may start in this session. */
  readonly sticky: boolean;
  /** Fails the run whatever the stage's policy, and asks user code nothing more. */
  readonly failsRun?: boolean;
}

export type Finished =
  | "lost"
  | {
      readonly next?: ClaimedStage;
      /** The counters say that nothing is left to wait for: the join is due. */
      readonly lastBranch?: boolean;
      /** The run's output does not fit its schema: the stage fails instead. */
      readonly invalid?: EngineError;
    };

/** Ends the stage by the cheapest commit that its place in the graph allows. */
export async function finish(execution: Execution, input: Finish): Promise<Finished> {
  const { graph } = execution.workflow;
  const { end } = input;
  if (end.status === "completed" && onlyCountsDown(graph, execution.node.id)) {
    return finishBranch(execution, { ...input, end });
  }
  let snapshot = claimSuffices(graph) ? claimedFacts(execution) : await freshFacts(execution);
  for (let tries = 1; snapshot; tries++) {
    const known = snapshot;
    const deciding = execution.insist(() => decide(execution, input, known));
    const plan = await deciding.catch((error: unknown) => ({ error }));
    if (plan && "error" in plan) return invalidOutput(plan.error);
    const result = plan && (await execution.insistOn(plan.plan, known.stages));
    if (!result) return "lost";
    if (result.ok) return finished(execution, plan, result);
    if (result.why !== "rev" && result.why !== "exists") return "lost";
    if (tries > PATIENT_TRIES) await pause(execution, tries);
    snapshot = result.snapshot ?? (await freshFacts(execution));
  }
  return "lost";
}

const PATIENT_TRIES = 3;

/** A run that many change at once: let the others pass. */
const pause = ({ engine: { runtime, ids } }: Execution, tries: number): Promise<void> =>
  runtime.after(Math.ceil(Math.min(2 ** tries, 100) * ids.random()));

function invalidOutput(error: unknown): Finished {
  if (EngineError.is(error) && error.kind === "invalid") return { invalid: error };
  throw error;
}

async function finishBranch(
  execution: Execution,
  input: Finish & { readonly end: Extract<StageEnd, { status: "completed" }> },
): Promise<Finished> {
  const result = await execution.insistOn(
    decideFinishBranch({
      commitId: execution.engine.ids.newId(),
      graph: execution.workflow.graph,
      stage: execution.key,
      fence: execution.fence,
      end: input.end,
      riders: input.riders,
      riderGuards: input.riderGuards,
      since: execution.claimed.run.rev,
    }),
  );
  if (!result?.ok) return "lost";
  return { lastBranch: result.counters.some((left) => left <= 0) };
}

async function decide(
  execution: Execution,
  { end, riders, riderGuards, sticky, failsRun = false }: Finish,
  snapshot: Snapshot,
): Promise<FinishPlan> {
  const { engine, workflow, key, fence, node, session } = execution;
  const { graph } = workflow;
  const statusOf: StatusOf = (id) =>
    id === node.id ? end.status : snapshot.stages.find((row) => row.stageId === id)?.status;
  const fresh = new Map(end.status === "completed" ? [[node.id, end.output]] : []);
  const facts = { runId: key.runId, graph, statusOf, fresh, ended: node.id };
  const refused = failsRun ? new Set<string>() : await refusedStages(engine, facts);
  const output = failsRun ? undefined : await runOutput(engine, workflow, { ...facts, refused });
  return decideFinishStage(snapshot, {
    commitId: engine.ids.newId(),
    graph,
    stage: key,
    fence,
    end,
    runOutput: output?.packed ?? null,
    refused,
    failsRun,
    sticky: sticky ? session.ref : undefined,
    riders: [...riders, ...(output?.writes ?? [])],
    riderGuards: [...riderGuards, ...(output?.guards ?? [])],
    ageingMs: engine.limits.priorityAgeingMs,
    deadLetterId: engine.ids.newId(),
  });
}

/** On one path the claim's facts suffice; should they be stale, the commit says so. */
function claimedFacts({ claimed }: Execution): Snapshot {
  return { run: claimed.run, stages: [], waits: [], signals: [], dbNow: claimed.dbNow };
}

const freshFacts = (execution: Execution): Promise<Snapshot | undefined> => {
  const { engine, key } = execution;
  return execution.insist(() => engine.persistence.load(key.runId, { stages: "current" }));
};

async function finished(
  execution: Execution,
  plan: FinishPlan,
  result: Extract<CommitResult, { ok: true }>,
): Promise<Finished> {
  const { engine, workflow, claimed } = execution;
  if (plan.runEnded) engine.pokes.send({ type: "runEnded", runId: execution.key.runId });
  if (plan.started) {
    const next = await continuation(execution, { ...plan, started: plan.started }, result);
    return next ? { next } : {};
  }
  if (plan.opens.length > 0) {
    announceWork(engine, queuesOf(workflow.graph, plan.opens, claimed.run.queue));
  }
  return {};
}
