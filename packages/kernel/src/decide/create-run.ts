import type { AnyWorkflow } from "../define/workflow.ts";
import type { SessionRef } from "../state/ids.ts";
import type { PackedPayload } from "../state/payload.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import type { RunRow } from "../state/run.ts";
import type { Writable } from "../state/tables.ts";
import { type EpochMs, fromDbNow, type TimeValue } from "../state/time.ts";
import { draft, newEvent } from "./draft.ts";
import { openRoots } from "./open-roots.ts";

export interface CreateRun {
  readonly commitId: string;
  readonly runId: string;
  readonly namespace: string;
  readonly workflow: AnyWorkflow;
  readonly input: PackedPayload;
  readonly config: PackedPayload | null;
  /** References of blobs that input and config went to. */
  readonly blobWrites: readonly Write[];
  readonly blobGuards: readonly Guard[];
  readonly seed: string;
  readonly queue: string;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly actor: string | null;
  readonly startAt: EpochMs | null;
  readonly idempotency: { readonly key: string; readonly inputHash: string } | null;
  readonly ageingMs: number;
  /** An event sink exists: deliveries start at rev 0. */
  readonly delivers: boolean;
  /** Begins the only root at once, under this session. */
  readonly owner?: SessionRef | undefined;
}

/** Writes the run, its first stages and its first event; pending when it starts later. */
export function decideCreateRun(create: CreateRun): CommitPlan {
  const row = runRow(create);
  const opening = openRoots({
    run: row,
    graph: create.workflow.graph,
    ageingMs: create.ageingMs,
    pending: row.status === "pending",
    startAt: create.startAt,
    startTimeoutMs: create.workflow.startTimeoutMs,
    owner: create.owner,
  });
  const started = newEvent({
    runId: create.runId,
    type: "run.created",
    actor: create.actor,
    data: {
      workflowId: row.workflowId,
      workflowVersion: row.workflowVersion,
      definition: row.definition,
      status: row.status,
      opens: opening.opens,
      ...(opening?.blocks.length ? { blocks: opening.blocks } : {}),
    },
  });
  return draft({
    commitId: create.commitId,
    guards: [...idempotencyGuard(create), ...ownerGuard(create), ...create.blobGuards],
    writes: [
      { op: "insert", table: "runs", row },
      ...opening.writes,
      ...idempotencyWrite(create),
      ...create.blobWrites,
    ],
    events: [started],
  });
}

function runRow(create: CreateRun): Writable<RunRow> & RunRow {
  const { workflow } = create;
  const later = create.startAt !== null;
  const row: Writable<RunRow> = {
    id: create.runId,
    namespace: create.namespace,
    workflowId: workflow.id,
    workflowVersion: workflow.version,
    definition: workflow.definition,
    optionsHash: workflow.optionsHash,
    status: later ? "pending" : "running",
    rev: 1,
    inbox: 0,
    sinksPending: workflow.graph.sinks.length,
    reopenCount: 0,
    outcome: null,
    seed: create.seed,
    priority: create.priority,
    queue: create.queue,
    input: create.input,
    config: create.config,
    output: null,
    failure: null,
    labels: create.labels,
    actor: create.actor,
    reason: null,
    idempotencyKey: create.idempotency?.key ?? null,
    parentRunId: null,
    parentStageId: null,
    parentMapIndex: null,
    parentGeneration: null,
    parentWait: null,
    closePolicy: null,
    depth: 0,
    scheduleId: null,
    scheduleSlot: null,
    forkedFromRunId: null,
    forkedFromRev: null,
    startAt: create.startAt,
    startDeadline: null,
    deadline: deadlineOf(create, workflow.runTimeoutMs),
    createdAt: fromDbNow(),
    startedAt: null,
    endedAt: null,
    sinkRev: create.delivers ? 0 : null,
  };
  return row as Writable<RunRow> & RunRow;
}

/** Limits count from when the run may start. */
function deadlineOf({ startAt }: CreateRun, ms: number | undefined): TimeValue | null {
  if (ms === undefined) return null;
  return startAt === null ? fromDbNow(ms) : startAt + ms;
}

const idempotencyGuard = (create: CreateRun): Guard[] =>
  create.idempotency
    ? [
        {
          kind: "absent",
          row: {
            table: "idempotency",
            key: {
              namespace: create.namespace,
              scope: create.workflow.id,
              key: create.idempotency.key,
            },
          },
        },
      ]
    : [];

const ownerGuard = ({ owner }: CreateRun): Guard[] =>
  owner ? [{ kind: "session", id: owner.id, epoch: owner.epoch }] : [];

const idempotencyWrite = (create: CreateRun): Write[] =>
  create.idempotency
    ? [
        {
          op: "insert",
          table: "idempotency",
          row: {
            namespace: create.namespace,
            scope: create.workflow.id,
            key: create.idempotency.key,
            version: 1,
            runId: create.runId,
            inputHash: create.idempotency.inputHash,
            status: "stored",
            result: null,
            owner: null,
            expiresAt: null,
            createdAt: fromDbNow(),
          },
        },
      ]
    : [];
