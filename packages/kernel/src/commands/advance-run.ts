import { decideAdvanceRun } from "../decide/advance-run.ts";
import { type Decision, SETTLED } from "../decide/draft.ts";
import type { AnyWorkflow } from "../define/workflow.ts";
import { announceWork, queuesOf } from "../engine/announce-work.ts";
import { changeRun } from "../engine/change-run.ts";
import type { RunChanged } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { Packed } from "../engine/pack.ts";
import { isUnreadable } from "../engine/unpack.ts";
import { EngineError } from "../errors/engine-error.ts";
import { type Failure, toFailure } from "../state/failure.ts";
import type { CommitPlan } from "../state/plan.ts";
import { isTerminalRun } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { type Conditions, refusedStages } from "./conditions.ts";
import { runOutput } from "./run-output.ts";

/**
 * Re-drives a run from its rows: opens what its dependencies allow, or ends it. Safe at any
 * time; a run whose code this process lacks is left alone.
 */
export async function advanceRun(engine: Engine, runId: string): Promise<RunChanged> {
  const { snapshot, committed, plan } = await changeRun(engine, {
    runId,
    need: { stages: "current" },
    decide: (snapshot) => decide(engine, snapshot),
  });
  if (!committed) return { workflowRunId: runId, status: snapshot.run.status, changed: false };
  const ended = plan?.events.some((event) => isRunEnd(event.type)) ?? false;
  if (ended) engine.pokes.send({ type: "runEnded", runId });
  else announceWork(engine, queuesOpened(engine, snapshot, plan));
  const last = plan?.events.at(-1)?.type;
  const status =
    last === "run.completed" ? "completed" : last === "run.failed" ? "failed" : snapshot.run.status;
  return { workflowRunId: runId, status, changed: true };
}

/** Undefined where the code that knows them is not in this process. */
function queuesOpened(
  { registry }: Engine,
  { run }: Snapshot,
  plan: CommitPlan | undefined,
): readonly string[] | undefined {
  const graph = registry.byDefinition(run.definition)?.graph;
  const opens = plan?.events.flatMap(({ data }) => (data.opens ?? []) as readonly string[]);
  return graph && opens && queuesOf(graph, opens, run.queue);
}

async function decide(engine: Engine, snapshot: Snapshot): Promise<Decision> {
  const { run, stages } = snapshot;
  const workflow = engine.registry.byDefinition(run.definition);
  if (!workflow || isTerminalRun(run.status)) return SETTLED;
  const statusOf = (id: string) => stages.find((stage) => stage.stageId === id)?.status;
  const facts = { runId: run.id, graph: workflow.graph, statusOf, fresh: new Map() };
  const answers = await askUserCode(engine, workflow, facts);
  return decideAdvanceRun(snapshot, {
    commitId: engine.ids.newId(),
    graph: workflow.graph,
    refused: answers.refused,
    runOutput: answers.output?.packed ?? null,
    riders: answers.output?.writes ?? [],
    riderGuards: answers.output?.guards ?? [],
    ageingMs: engine.limits.priorityAgeingMs,
    invalid: answers.invalid,
  });
}

interface Answers {
  readonly refused: ReadonlySet<string>;
  readonly output?: Packed | undefined;
  readonly invalid?: Failure;
}

/**
 * Conditions and the output's schema. A fault of theirs is an answer, not an exception, and so is
 * an output that nobody can read any more: nothing else would ever end the run.
 */
async function askUserCode(
  engine: Engine,
  workflow: AnyWorkflow,
  facts: Conditions,
): Promise<Answers> {
  try {
    const refused = await refusedStages(engine, facts);
    return { refused, output: await runOutput(engine, workflow, { ...facts, refused }) };
  } catch (error) {
    const unreadable = isUnreadable(error);
    if (!unreadable && !(EngineError.is(error) && error.kind === "invalid")) throw error;
    if (unreadable) {
      const { runId } = facts;
      engine.logger.log("error", "a run fails: what it needs can't be read", { runId, error });
    }
    return { refused: new Set(), invalid: toFailure(error) };
  }
}

const isRunEnd = (type: string): boolean => type === "run.completed" || type === "run.failed";
