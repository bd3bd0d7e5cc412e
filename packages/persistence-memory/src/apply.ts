import type { CommitPlan, EventRow, Refusal, Row, RunId } from "@pawl/kernel/ports";
import { storedRow } from "./columns.ts";
import { leavesEvidence } from "./evidence.ts";
import { getRow, putRow, type Tables } from "./tables.ts";
import { insertRow, type WriteOutcome, type WriteSteps, writeSteps } from "./writes.ts";

export interface Application {
  readonly plan: CommitPlan;
  readonly dbNow: number;
  /** Takes the value of every counter after its `add`. */
  readonly counters: number[];
}

/** Applies the parts of a plan in order up to the first conflict, and answers that. */
export function applyPlan(
  steps: ApplySteps,
  tables: Tables,
  application: Application,
): Refusal | undefined {
  for (const step of [steps.rows, steps.events, steps.intents, steps.dispatch, steps.evidence]) {
    const why = step(tables, application, steps.writes);
    if (why) return why;
  }
  return undefined;
}

type ApplyStep = (
  tables: Tables,
  application: Application,
  writes: WriteSteps,
) => Refusal | undefined;

export interface ApplySteps {
  readonly writes: WriteSteps;
  readonly rows: ApplyStep;
  readonly events: ApplyStep;
  readonly intents: ApplyStep;
  readonly dispatch: ApplyStep;
  readonly evidence: ApplyStep;
}

const refusalOf = (outcome: WriteOutcome): Refusal | undefined =>
  outcome && "why" in outcome ? outcome.why : undefined;

const applyRows: ApplyStep = (tables, { plan, dbNow, counters }, writes) => {
  for (const write of plan.writes) {
    const outcome = writes[write.op](tables, write as never, dbNow);
    if (outcome && "counter" in outcome) counters.push(outcome.counter);
    const why = refusalOf(outcome);
    if (why) return why;
  }
  return undefined;
};

/** Gives each event the next rev of its run, and the run the last one. */
const applyEvents: ApplyStep = (tables, { plan, dbNow }) => {
  const created = createdRuns(plan);
  const revs = new Map<RunId, number>();
  for (const event of plan.events) {
    const run = getRow(tables, "runs", { id: event.runId });
    if (!run) return "missing";
    const rev = (revs.get(run.id) ?? (created.has(run.id) ? 0 : run.rev)) + 1;
    revs.set(run.id, rev);
    const row: EventRow = { ...event, rev, at: dbNow, commitId: plan.commitId };
    const why = refusalOf(insertRow(tables, "events", storedRow("events", row, dbNow)));
    if (why) return why;
  }
  for (const [id, rev] of revs) {
    putRow(tables, "runs", { ...(getRow(tables, "runs", { id }) as Row<"runs">), rev });
  }
  return undefined;
};

const createdRuns = (plan: CommitPlan): ReadonlySet<RunId> =>
  new Set(
    plan.writes.flatMap((write) =>
      write.op === "insert" && write.table === "runs" ? [write.row.id] : [],
    ),
  );

const applyIntents: ApplyStep = (tables, { plan, dbNow }) => {
  for (const intent of plan.intents) {
    const why = refusalOf(insertRow(tables, "intents", storedRow("intents", intent, dbNow)));
    if (why) return why;
  }
  return undefined;
};

const applyDispatch: ApplyStep = (tables, { plan, dbNow }) => {
  for (const row of plan.dispatch) putRow(tables, "dispatch", storedRow("dispatch", row, dbNow));
  return undefined;
};

const applyEvidence: ApplyStep = (tables, { plan, dbNow }) => {
  if (!leavesEvidence(plan)) putRow(tables, "commits", { commitId: plan.commitId, at: dbNow });
  return undefined;
};

export const applySteps: ApplySteps = {
  writes: writeSteps,
  rows: applyRows,
  events: applyEvents,
  intents: applyIntents,
  dispatch: applyDispatch,
  evidence: applyEvidence,
};
