import {
  type ClaimRequest,
  type CommitPlan,
  columnKind,
  fromDbNow,
  isNullable,
  type NewEvent,
  type Row,
  type StageKey,
  TABLES,
  type TableName,
  type Write,
} from "@pawl/kernel/ports";

export const session = { id: "session", epoch: 1 };
export const DEFINITION = "order@1#hash";
export const running = { status: "running", fence: 1 } as const;

let plans = 0;

/** A plan of the parts given, with a commit id of its own. */
export function planOf(part: Partial<CommitPlan> = {}): CommitPlan {
  plans += 1;
  const commitId = `01K${process.pid}${String(plans).padStart(16, "0")}`;
  return { commitId, guards: [], writes: [], events: [], intents: [], dispatch: [], ...part };
}

const PLAIN = { text: "", payload: "i1", int: 0, time: 0, bool: false, json: {} } as const;

/** Columns whose empty value no table allows. */
const WORDS: { readonly [T in TableName]?: Partial<Row<T>> } = {
  runs: { namespace: "default", definition: DEFINITION, status: "running", queue: "default" },
  stages: {
    stageId: "fetch",
    namespace: "default",
    definition: DEFINITION,
    kind: "normal",
    status: "ready",
    queue: "default",
    attempt: 1,
    reads: [],
  },
  steps: { stageId: "fetch", kind: "step", status: "completed", attempts: 1, fence: 1 },
  attempts: { stageId: "fetch", outcome: "failed", fence: 1, attempt: 1, stageAttempt: 1 },
  waits: { stageId: "fetch", kind: "timer" },
  workers: { ...session, namespace: "default", status: "active", queues: [], definitions: [] },
  schedules: { status: "active" },
  scheduleFires: { outcome: "started" },
  idempotency: { status: "claimed" },
  blobTombstones: { state: "condemned" },
};

/** A row with the least that its columns allow. */
export function rowOf<T extends TableName>(table: T, part: Partial<Row<T>> = {}): Row<T> {
  const columns = Object.entries(TABLES[table].columns).map(([field, spec]) => [
    field,
    isNullable(spec as never) ? null : PLAIN[columnKind(spec as never)],
  ]);
  return { ...Object.fromEntries(columns), ...WORDS[table], ...part };
}

export const insert = <T extends TableName>(table: T, part: Partial<Row<T>> = {}): Write =>
  ({ op: "insert", table, row: rowOf(table, part) }) as Write;

export const runOf = (id: string, part: Partial<Row<"runs">> = {}): Write =>
  insert("runs", { id, ...part });

export const stageOf = (runId: string, part: Partial<Row<"stages">> = {}): Write =>
  insert("stages", { runId, ...part });

export const workerOf = (part: Partial<Row<"workers">> = {}): Write =>
  insert("workers", { expiresAt: Number.MAX_SAFE_INTEGER, ...part });

export const stageKey = (runId: string, part: Partial<StageKey> = {}): StageKey => ({
  runId,
  stageId: "fetch",
  mapIndex: 0,
  generation: 0,
  ...part,
});

export const owned = (runId: string, fence = 1) =>
  ({ kind: "stage", key: stageKey(runId), fence, status: "running" }) as const;

export const eventOf = (runId: string, part: Partial<NewEvent> = {}): NewEvent => ({
  runId,
  type: "state.set",
  stageId: null,
  mapIndex: null,
  generation: null,
  data: {},
  actor: null,
  ...part,
});

/** The plan that ends a run with everything open in it. */
export const cancelPlan = (
  runId: string,
  { rev, except }: { readonly rev: number; readonly except?: readonly StageKey[] },
): CommitPlan =>
  planOf({
    guards: [{ kind: "rev", runId, rev }],
    writes: [
      { op: "update", table: "runs", key: { id: runId }, set: { status: "cancelled" } },
      {
        op: "updateStages",
        runId,
        where: { status: ["blocked", "ready", "running", "suspended"] },
        ...(except ? { except } : {}),
        set: { status: "cancelled", held: false, session: null, endedAt: fromDbNow() },
        raiseFence: true,
      },
      { op: "closeWaits", runId, ...(except ? { except } : {}) },
      insert("audit", { id: "audit", runId }),
    ],
    events: [eventOf(runId, { type: "run.cancelled" })],
  });

/** The plan that records one step of a running stage. */
export function stepPlan(runId: string, seq: number): CommitPlan {
  const plan = planOf({ guards: [owned(runId)] });
  const output = `i${"x".repeat(200)}`;
  const row = { runId, key: `step-${seq}`, seq, output, commitId: plan.commitId };
  return { ...plan, writes: [insert("steps", row)] };
}

export const claimOf = (part: Partial<ClaimRequest> = {}): ClaimRequest => ({
  namespace: "default",
  session,
  definitions: [DEFINITION],
  limit: 10,
  memoRecordsMax: 256,
  memoBytesMax: 262_144,
  ...part,
});
