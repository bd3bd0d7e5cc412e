import type { CommitPlan, StageRow, WaitRow, Write } from "@pawl/kernel/ports";
import { decideFailAttempt } from "../../src/decide/fail-attempt.ts";
import { decideFinishBranch, onlyCountsDown } from "../../src/decide/finish-branch.ts";
import { decideFinishStage, type StageEnd } from "../../src/decide/finish-stage.ts";
import { decideHoldStage } from "../../src/decide/hold-stage.ts";
import { decideReapLease } from "../../src/decide/reap-lease.ts";
import { decideRecordStep } from "../../src/decide/record-step.ts";
import { decideOpenWaits, decideSuspendStage } from "../../src/decide/suspend-stage.ts";
import { decideWakeStage } from "../../src/decide/wake-stage.ts";
import { decideYieldStage } from "../../src/decide/yield-stage.ts";
import type { Walk } from "./walk.ts";

const FAILURE = { name: "Error", message: "boom" };

const keyOf = ({ runId, stageId, mapIndex, generation }: StageRow) => ({
  runId,
  stageId,
  mapIndex,
  generation,
});

const owned = (walk: Walk, stage: StageRow) => ({
  commitId: walk.newId(),
  stage: keyOf(stage),
  fence: stage.fence,
  riders: [],
  riderGuards: [],
});

const waitsOf = (walk: Walk, stage: StageRow): readonly WaitRow[] =>
  walk.dump().waits.filter((w) => w.stageId === stage.stageId && w.outcome === null);

/** True when the commuting end of a branch says that it was the last. */
export async function complete(walk: Walk, stage: StageRow): Promise<boolean> {
  const { graph } = walk.workflow;
  if (!onlyCountsDown(graph, stage.stageId)) {
    await walk.commit(await finished(walk, stage, { status: "completed", output: "i3" }));
    return false;
  }
  const end = { status: "completed", output: "i3" } as const;
  const riders = closing(waitsOf(walk, stage));
  const plan = decideFinishBranch({ ...owned(walk, stage), graph, end, riders });
  const result = await walk.commit(plan);
  return result.ok && result.counters.some((left) => left <= 0);
}

export async function fail(walk: Walk, stage: StageRow): Promise<void> {
  await walk.commit(await finished(walk, stage, { status: "failed", failure: FAILURE }));
}

async function finished(walk: Walk, stage: StageRow, end: StageEnd): Promise<CommitPlan> {
  const snapshot = await walk.snapshot();
  const own = waitsOf(walk, stage);
  const { plan } = decideFinishStage(
    { ...snapshot, waits: snapshot.waits.filter((wait) => wait.stageId !== stage.stageId) },
    {
      ...owned(walk, stage),
      graph: walk.workflow.graph,
      end,
      runOutput: "i2",
      refused: new Set(),
      failsRun: false,
      sticky: { id: "s1", epoch: 1 },
      riders: closing(own),
      ageingMs: 1,
      deadLetterId: walk.newId(),
    },
  );
  return plan;
}

const closing = (waits: readonly WaitRow[]): Write[] =>
  waits.map(({ runId, stageId, mapIndex, generation, key, occurrence }) => ({
    op: "update",
    table: "waits",
    key: { runId, stageId, mapIndex, generation, key, occurrence },
    set: { outcome: "closed" },
  }));

export async function failAttempt(walk: Walk, stage: StageRow): Promise<void> {
  const plan = decideFailAttempt({
    ...owned(walk, stage),
    stage,
    failure: FAILURE,
    outcome: "failed",
    startedAt: walk.now,
    endedAt: walk.now,
    retryInMs: 50,
    ageingMs: 1,
  });
  await walk.commit(plan);
}

export async function suspend(walk: Walk, stage: StageRow): Promise<void> {
  const { inbox } = walk.dump().runs[0] as { inbox: number };
  const open = waitsOf(walk, stage);
  const plan = decideSuspendStage({
    ...owned(walk, stage),
    inbox,
    open,
    opening: [newWait(walk, stage)],
  });
  await walk.commit(plan);
}

export async function openWait(walk: Walk, stage: StageRow): Promise<void> {
  const { inbox } = walk.dump().runs[0] as { inbox: number };
  const opening = [newWait(walk, stage)];
  await walk.commit(decideOpenWaits({ ...owned(walk, stage), inbox, opening }));
}

const newWait = (walk: Walk, stage: StageRow): WaitRow => ({
  ...keyOf(stage),
  key: walk.newId(),
  occurrence: 0,
  kind: "timer",
  name: "",
  dueAt: walk.now + 100,
  openedAt: walk.now,
  outcome: null,
  value: null,
  failure: null,
  resolvedAt: null,
  seq: null,
});

export async function recordStep(walk: Walk, stage: StageRow): Promise<void> {
  const row = {
    ...keyOf(stage),
    key: walk.newId(),
    occurrence: 0,
    kind: "step",
    status: "completed",
    seq: lastSeq(walk, stage) + 1,
    output: "i1",
    failure: null,
    attempts: 1,
    startedAt: walk.now,
    endedAt: walk.now,
    fence: stage.fence,
    commitId: "",
  } as const;
  const writes: Write[] = [{ op: "insert", table: "steps", row }];
  await walk.commit(decideRecordStep({ ...owned(walk, stage), writes, guards: [] }));
}

function lastSeq(walk: Walk, stage: StageRow): number {
  const { steps, waits } = walk.dump();
  const own = [...steps, ...waits].filter((row) => row.stageId === stage.stageId);
  return Math.max(0, ...own.map((row) => row.seq ?? 0));
}

export async function hold(walk: Walk, stage: StageRow): Promise<void> {
  const plan = decideHoldStage({
    ...owned(walk, stage),
    namespace: "n",
    reason: "nondeterminism",
    failure: FAILURE,
    deadLetterId: walk.newId(),
  });
  await walk.commit(plan);
}

export async function giveBack(walk: Walk, stage: StageRow): Promise<void> {
  await walk.commit(decideYieldStage(owned(walk, stage)));
}

export async function lose(walk: Walk, stage: StageRow): Promise<void> {
  const plan = decideReapLease({
    commitId: walk.newId(),
    deadLetterId: walk.newId(),
    worker: walk.worker(),
    stage,
    lastSeq: lastSeq(walk, stage),
    lossesCountedMax: 2,
    dbNow: walk.now,
  });
  await walk.commit(plan);
}

export async function wake(walk: Walk): Promise<void> {
  const stage = walk.dump().stages.find((row) => row.status === "suspended");
  if (!stage) return;
  await walk.carryOut(decideWakeStage(stage, { commitId: walk.newId(), dbNow: walk.now }));
}
