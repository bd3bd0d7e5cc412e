import type { StageFacts, StepRow } from "@pawl/kernel/ports";
import type {
  RunAccount,
  StageAccount,
  StepAccount,
  WorkerAccount,
} from "../report/run-account.ts";
import { PAUSE_STAGE, partOf } from "../workflow/stage-names.ts";
import { crashAccount, type Kill } from "./crash.ts";
import type { JournalLine } from "./journal.ts";
import { stepOf } from "./records.ts";

/** Everything known of a run at one moment. */
export interface RunEvidence {
  readonly runId: string;
  readonly workflowId: string;
  readonly startedAt: number;
  readonly now: number;
  readonly stages: readonly StageFacts[];
  readonly steps: readonly StepRow[];
  readonly journal: readonly JournalLine[];
  readonly kill: Kill | undefined;
}

/** How a run went, told by its own last stage. */
export function accountOf(evidence: RunEvidence): RunAccount {
  const { runId, workflowId, startedAt, now, stages, journal, kill } = evidence;
  const begun = stages.filter((stage) => stage.startedAt !== null);
  return {
    runId,
    workflowId,
    status: "writing this report",
    elapsedMs: now - startedAt,
    stages: begun.map((stage) => stageAccount(stage, evidence)).sort(byStart),
    workers: workersOf(evidence),
    pauses: begun
      .filter(({ stageId }) => stageId === PAUSE_STAGE)
      .map((stage) => stageAccount(stage, evidence)),
    ...(kill ? { crash: crashAccount({ kill, journal, startedAt }) } : {}),
  };
}

const byStart = (a: StageAccount, b: StageAccount): number =>
  a.startMs - b.startMs || a.item.localeCompare(b.item, "en", { numeric: true });

function stageAccount(stage: StageFacts, evidence: RunEvidence): StageAccount {
  const { startedAt, now } = evidence;
  const from = stage.startedAt ?? now;
  const steps = evidence.steps.filter(({ stageId }) => stageId === stage.stageId);
  const accounts = steps
    .toSorted((a, b) => a.startedAt - b.startedAt || a.seq - b.seq)
    .map((step) => stepAccount(step, evidence));
  return {
    ...partOf(stage.stageId),
    status: stage.status,
    attempts: stage.attempt,
    startMs: from - startedAt,
    durationMs: (stage.endedAt ?? now) - from,
    workerPid: accounts.at(-1)?.workerPid ?? process.pid,
    steps: accounts,
  };
}

function stepAccount(step: StepRow, { journal, startedAt }: RunEvidence): StepAccount {
  const name = stepOf(step);
  return {
    ...itemAndKey(step.key),
    attempts: step.attempts,
    startMs: step.startedAt - startedAt,
    durationMs: step.endedAt - step.startedAt,
    workerPid: journal.findLast((line) => line.step === name && line.did === "left")?.pid ?? 0,
  };
}

/** Takes `docs/errors.md words` apart; other keys have no space. */
function itemAndKey(key: string): Pick<StepAccount, "key" | "item"> {
  const at = key.lastIndexOf(" ");
  return at < 0 ? { key } : { key: key.slice(at + 1), item: key.slice(0, at) };
}

function workersOf({ journal, kill, startedAt, now }: RunEvidence): readonly WorkerAccount[] {
  return journal
    .filter(({ did }) => did === "joined")
    .map(({ pid, at }) => {
      const killed = pid === kill?.pid;
      return {
        pid,
        fate: killed ? "killed" : "finished",
        fromMs: Math.max(0, at - startedAt),
        toMs: (killed ? kill.at : now) - startedAt,
      };
    });
}
