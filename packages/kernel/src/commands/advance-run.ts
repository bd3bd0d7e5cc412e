import { decideAdvanceRun } from "../decide/advance-run.ts";
import { type Decision, SETTLED } from "../decide/draft.ts";
import { isTerminalRun } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { changeRun } from "./change-run.ts";
import type { RunChanged } from "./command.ts";
import { refusedStages } from "./conditions.ts";
import type { Engine } from "./engine.ts";
import { runOutput } from "./run-output.ts";

/**
 * Re-drives a run from its rows: opens what its dependencies allow, or ends it. Safe at any
 * time; a run whose code this process lacks is left alone.
 */
export async function advanceRun(engine: Engine, runId: string): Promise<RunChanged> {
  const { snapshot, committed, plan } = await changeRun(engine, {
    runId,
    need: { stages: "current", waits: true },
    decide: (snapshot) => decide(engine, snapshot),
  });
  if (!committed) return { workflowRunId: runId, status: snapshot.run.status, changed: false };
  const ended = plan?.events.some((event) => isRunEnd(event.type)) ?? false;
  engine.pokes.send(ended ? { type: "runEnded", runId } : { type: "ready" });
  const last = plan?.events.at(-1)?.type;
  const status =
    last === "run.completed" ? "completed" : last === "run.failed" ? "failed" : snapshot.run.status;
  return { workflowRunId: runId, status, changed: true };
}

async function decide(engine: Engine, snapshot: Snapshot): Promise<Decision> {
  const { run, stages } = snapshot;
  const workflow = engine.registry.byDefinition(run.definition);
  if (!workflow || isTerminalRun(run.status)) return SETTLED;
  const statusOf = (id: string) => stages.find((stage) => stage.stageId === id)?.status;
  const facts = { runId: run.id, graph: workflow.graph, statusOf, fresh: new Map() };
  const refused = await refusedStages(engine, facts);
  const output = await runOutput(engine, workflow, facts);
  return decideAdvanceRun(snapshot, {
    commitId: engine.ids.newId(),
    graph: workflow.graph,
    refused,
    runOutput: output?.packed ?? null,
    riders: output?.writes ?? [],
    riderGuards: output?.guards ?? [],
    ageingMs: engine.limits.priorityAgeingMs,
  });
}

const isRunEnd = (type: string): boolean => type === "run.completed" || type === "run.failed";
