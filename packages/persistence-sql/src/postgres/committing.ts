import type { CommitPlan, Committed, EpochMs, RunId, StageKey, Write } from "@pawl/kernel/ports";
import { isSetWrite } from "@pawl/kernel/ports";
import { createdRuns, placeEvents } from "../statements/event.ts";
import type { SqlRow } from "../statements/statement.ts";
import type { CounterPlace } from "./put-writes.ts";
import type { Filled } from "./sheet.ts";

interface PlanOf {
  readonly plan: CommitPlan;
  readonly p: number;
  readonly counters: readonly CounterPlace[];
}

interface StageFound {
  readonly held: boolean;
  readonly holdReason: string | null;
  readonly inbox: number | undefined;
}

interface RunFound {
  readonly rev: number;
  readonly inbox: number;
  readonly sinksPending: number;
}

/** What the statement of a batch answered, plan by plan. */
export class Committing {
  readonly now: EpochMs;
  readonly #holds: readonly boolean[];
  readonly #stages = new Map<number, StageFound>();
  readonly #runs = new Map<string, RunFound>();
  readonly #counters = new Map<string, number>();

  constructor(kinds: readonly Filled[], [row]: readonly SqlRow[]) {
    const [now, ok, ...lists] = row ?? [];
    this.now = Number(now);
    this.#holds = ok as readonly boolean[];
    const answering = kinds.flatMap(({ kind }) => kind.answers ?? []);
    for (const [at, { as }] of answering.entries()) {
      for (const found of (lists[at] ?? []) as readonly SqlRow[]) this.#take(as, found);
    }
  }

  #take(as: "facts" | "runs" | "counters", found: SqlRow): void {
    if (as === "facts") {
      const [p, held, holdReason, inbox] = found as [number, boolean, string | null, number | null];
      this.#stages.set(p, { held, holdReason, inbox: inbox ?? undefined });
    } else if (as === "runs") {
      const [p, id, rev, inbox, sinksPending] = found as [number, RunId, number, number, number];
      this.#runs.set(`${p} ${id}`, { rev, inbox, sinksPending });
    } else {
      const [p, i, value] = found as [number, number, number];
      this.#counters.set(`${p} ${i}`, value);
    }
  }

  /** Undefined when a guard of the plan did not hold. */
  resultOf({ plan, p, counters }: PlanOf): Committed | undefined {
    if (!this.#holds[p]) return undefined;
    const facts = this.#factsOf(plan, p);
    return {
      ok: true,
      revs: this.#revsOf(plan, p),
      dbNow: this.now,
      ...(facts.held ? { held: true as const } : {}),
      ...(facts.inbox === undefined ? {} : { inbox: facts.inbox }),
      counters: counters.map((place) => this.#counterOf(place, p)),
    };
  }

  #revsOf(plan: CommitPlan, p: number): Readonly<Record<RunId, number>> {
    const created = createdRuns(plan);
    const revs = new Map(placeEvents(plan).map(({ event, ordinal }) => [event.runId, ordinal]));
    return Object.fromEntries(
      [...revs].map(([runId, count]) => [
        runId,
        created.has(runId) ? count : (this.#runs.get(`${p} ${runId}`)?.rev ?? count),
      ]),
    );
  }

  #counterOf(place: CounterPlace, p: number): number {
    if (place.table === "stages") return this.#counters.get(`${p} ${place.i}`) ?? 0;
    const run = this.#runs.get(`${p} ${place.runId}`);
    return (place.field === "inbox" ? run?.inbox : run?.sinksPending) ?? 0;
  }

  /** Facts of the guarded stage after the plan: what was found under lock, and what it changed. */
  #factsOf(plan: CommitPlan, p: number): { readonly held?: boolean; readonly inbox?: number } {
    const guard = plan.guards.find((one) => one.kind === "stage");
    const found = this.#stages.get(p);
    if (!guard || !found) return {};
    const changed = this.#runs.get(`${p} ${guard.key.runId}`)?.inbox;
    const inbox = inboxAfter(plan, guard.key.runId, changed ?? found.inbox);
    const held = heldAfter(plan, { ...guard, held: found.held, holdReason: found.holdReason });
    return { held, ...(inbox === undefined ? {} : { inbox }) };
  }
}

function inboxAfter(
  { writes }: CommitPlan,
  runId: RunId,
  found: number | undefined,
): number | undefined {
  for (const write of writes) {
    if (isSetWrite(write) || write.table !== "runs") continue;
    if (write.op === "insert" && write.row.id === runId) return Number(write.row.inbox);
    if (write.op === "delete" && write.key.id === runId) return undefined;
  }
  return found;
}

interface GuardedStage {
  readonly key: StageKey;
  readonly status: string;
  readonly held: boolean;
  readonly holdReason: string | null;
}

function heldAfter({ writes }: CommitPlan, stage: GuardedStage): boolean {
  let { held } = stage;
  for (const write of writes) held = heldAfterWrite(write, { ...stage, held });
  return held;
}

function heldAfterWrite(write: Write, stage: GuardedStage): boolean {
  if (write.op === "updateStages") {
    const { where, set, except = [] } = write;
    const meant =
      write.runId === stage.key.runId &&
      !except.some((key) => isSame(key, stage.key)) &&
      (where.status === undefined || where.status.some((status) => status === stage.status)) &&
      (where.held === undefined || where.held === stage.held) &&
      (where.holdReason === undefined || where.holdReason === stage.holdReason);
    return meant ? (set.held ?? stage.held) : stage.held;
  }
  if (isSetWrite(write) || write.table !== "stages") return stage.held;
  if (write.op === "update" && isSame(write.key, stage.key)) return write.set.held ?? stage.held;
  if (write.op === "delete" && isSame(stage.key, { ...stage.key, ...write.key })) return false;
  return stage.held;
}

const isSame = (a: StageKey, b: StageKey): boolean =>
  a.runId === b.runId &&
  a.stageId === b.stageId &&
  a.mapIndex === b.mapIndex &&
  a.generation === b.generation;
