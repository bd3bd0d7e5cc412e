import { type AnyWorkflow, checkInvariants, EngineError } from "@pawl/kernel";
import {
  type CommitPlan,
  type CommitResult,
  checkSetWise,
  isOpenStage,
  isTerminalRun,
  type Snapshot,
  type StageRow,
  TABLES,
  type TableName,
  type WorkerRow,
  type Write,
} from "@pawl/kernel/ports";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { decideCreateRun } from "../../src/decide/create-run.ts";
import { type Decision, draft, isRejection, SETTLED } from "../../src/decide/draft.ts";

const RUN = "r";

export interface WalkOptions {
  readonly startAt: number | null;
}

/** One run on stored rows, moved by decisions alone; every plan and every state is checked. */
export class Walk {
  now = 1_000_000;
  readonly workflow: AnyWorkflow;
  readonly persistence: ReturnType<typeof createMemoryPersistence>;
  readonly plans: CommitPlan[] = [];
  #ids = 0;

  private constructor(workflow: AnyWorkflow) {
    this.workflow = workflow;
    this.persistence = createMemoryPersistence({ clock: { now: () => this.now } });
  }

  static async begin(workflow: AnyWorkflow, { startAt }: WalkOptions): Promise<Walk> {
    const walk = new Walk(workflow);
    await walk.commit(draft({ commitId: walk.newId(), writes: walk.#bookkeeping() }));
    await walk.commit(
      decideCreateRun({
        commitId: walk.newId(),
        runId: RUN,
        namespace: "n",
        workflow,
        input: "i1",
        config: null,
        blobWrites: [],
        blobGuards: [],
        seed: "s",
        queue: "default",
        priority: 0,
        labels: {},
        actor: null,
        startAt,
        idempotency: { key: "k", inputHash: "h" },
        ageingMs: 1,
        delivers: false,
      }),
    );
    return walk;
  }

  newId(): string {
    this.#ids += 1;
    return `id${this.#ids}`;
  }

  dump(): ReturnType<typeof this.persistence.dump> {
    return this.persistence.dump();
  }

  status(): string | undefined {
    return this.dump().runs[0]?.status;
  }

  /** Stages that a session runs, in a stable order. */
  running(): readonly StageRow[] {
    return this.dump().stages.filter((stage) => stage.status === "running");
  }

  worker(): WorkerRow {
    return this.dump().workers[0] as WorkerRow;
  }

  async snapshot(): Promise<Snapshot> {
    const snapshot = await this.persistence.load(RUN, { stages: "current", waits: true });
    if (!snapshot) throw new Error("the run is gone");
    return snapshot;
  }

  async claim(alone: boolean): Promise<void> {
    await this.persistence.claim({
      namespace: "n",
      session: { id: "s1", epoch: 1 },
      definitions: [this.workflow.definition],
      limit: 2,
      alone,
      memoRecordsMax: 10,
      memoBytesMax: 10_000,
    });
    this.check("a claim");
  }

  /** What the sweep says: nobody will move the run by itself any more. */
  async isLeftBehind(): Promise<boolean> {
    const { items } = await this.persistence.sweep({
      namespace: "n",
      kinds: ["joinReady", "stranded"],
      limit: 10,
    });
    return items.length > 0;
  }

  /** Commits what was decided, if anything; a refusal is an answer too. */
  async carryOut(decision: Decision): Promise<CommitResult | undefined> {
    if (decision === SETTLED || isRejection(decision)) return undefined;
    return this.commit(decision);
  }

  async commit(plan: CommitPlan): Promise<CommitResult> {
    checkPlan(plan);
    this.plans.push(plan);
    const result = await this.persistence.commit(plan);
    this.check(`${plan.events.map((event) => event.type).join(", ")} (${JSON.stringify(plan)})`);
    return result;
  }

  check(after: string): void {
    const violations = checkInvariants(this.dump());
    const told = violations.map(({ invariant, message }) => `${invariant}: ${message}`);
    told.push(...this.#miscounted());
    if (told.length === 0) return;
    throw new EngineError("E_INVARIANT", `${told.join("\n")}\nafter ${after}`);
  }

  /** A live run counts the sinks of its graph that are still open. */
  #miscounted(): readonly string[] {
    const { runs, stages } = this.dump();
    const [run] = runs;
    if (!run || isTerminalRun(run.status)) return [];
    const ended = new Set(stages.filter((row) => !isOpenStage(row.status)).map((r) => r.stageId));
    const open = this.workflow.graph.sinks.filter((id) => !ended.has(id)).length;
    return run.sinksPending === open ? [] : [`sinksPending is ${run.sinksPending}, not ${open}`];
  }

  #bookkeeping(): Write[] {
    const { definition: key, id, version, graph } = this.workflow;
    const stages = [...graph.nodes.values()].map(({ id, after }) => ({ id, after }));
    return [
      {
        op: "insert",
        table: "definitions",
        row: {
          namespace: "n",
          key,
          workflowId: id,
          workflowVersion: version,
          graph: { stages },
          registeredAt: 0,
        },
      },
      { op: "insert", table: "workers", row: sessionRow(key) },
    ];
  }
}

const sessionRow = (definition: string): WorkerRow => ({
  id: "s1",
  namespace: "n",
  workerId: "w",
  epoch: 1,
  version: 1,
  status: "active",
  expiresAt: Number.MAX_SAFE_INTEGER,
  host: "h",
  pid: 1,
  build: "",
  queues: [],
  definitions: [definition],
  labels: {},
  load: 0,
  startedAt: 0,
  beatAt: 0,
  lockName: null,
});

/** A plan writes each row at most once, guards one run, and leaves `rev` to the adapter. */
export function checkPlan(plan: CommitPlan): void {
  const seen = new Set<string>();
  checkSetWise(plan);
  for (const write of plan.writes) {
    if (!("table" in write)) continue;
    const row = ("row" in write ? write.row : write.key) as unknown as Record<string, unknown>;
    const key = TABLES[write.table].key.map((column) => row[column]);
    const name = JSON.stringify([write.table, ...key]);
    if (seen.has(name)) throw new Error(`a plan writes ${name} twice: ${JSON.stringify(plan)}`);
    seen.add(name);
    if (write.op === "insert") checkInsert(write.table, row);
    if (write.op === "update" && write.table === "runs" && "rev" in write.set) {
      throw new Error(`a plan sets rev: ${JSON.stringify(plan)}`);
    }
    if (write.op === "insert" && write.table === "runs" && write.row.rev !== plan.events.length) {
      throw new Error(`a run begins at rev ${write.row.rev} with ${plan.events.length} events`);
    }
  }
  const runs = plan.guards.flatMap((guard) => {
    if (guard.kind === "rev" || guard.kind === "live") return [guard.runId];
    return guard.kind === "stage" ? [guard.key.runId] : [];
  });
  if (new Set(runs).size > 1) throw new Error(`a plan guards several runs: ${runs.join(", ")}`);
}

/** A new row has every column: what is unknown is null, never left out. */
function checkInsert(table: TableName, row: Record<string, unknown>): void {
  const missing = Object.keys(TABLES[table].columns).filter((column) => row[column] === undefined);
  if (missing.length > 0) throw new Error(`a new row of ${table} lacks ${missing.join(", ")}`);
}
