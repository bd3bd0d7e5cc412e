import { checkInvariants } from "@pawl/kernel";
import type {
  ClaimedStage,
  CommitPlan,
  CommitResult,
  Committed,
  HeartbeatReply,
  StageKey,
  StageRow,
  Write,
} from "@pawl/kernel/ports";
import { isSetWrite, isTerminalRun, stageKeyText } from "@pawl/kernel/ports";
import type { RowsOfRun } from "@pawl/persistence-memory";
import type { PortCall } from "../process/port-call.ts";
import type { VirtualProcess } from "../process/virtual-process.ts";
import { BlobReferences } from "./blob-references.ts";
import { Bodies } from "./bodies.ts";
import { type Complaint, checkChange } from "./changes.ts";
import { Deliveries } from "./deliveries.ts";
import { type AppliedPlan, Leases, runUnderNobody } from "./leases.ts";
import type { RowSource } from "./row-source.ts";
import { Sightings } from "./sightings.ts";
import { undispatched } from "./undispatched.ts";

export interface Watched {
  readonly rows: RowSource;
  /** Jobs are delivered: what may be claimed has a dispatch row. */
  readonly dispatches: boolean;
}

/** Watches the store from outside: after every change the run that it touched is read again. */
export class Checks {
  readonly bodies: Bodies = new Bodies();
  readonly sightings: Sightings = new Sightings();
  readonly deliveries: Deliveries;
  readonly #leases = new Leases();
  readonly #blobs = new BlobReferences();
  readonly #source: RowSource;
  readonly #dispatches: boolean;
  readonly #now: () => number;
  readonly #complain: (complaint: Complaint) => void;
  readonly #runs = new Map<string, RowsOfRun>();
  /** Stages by process, with the fence under which it was told that they are held. */
  readonly #toldHeld = new Map<VirtualProcess, Map<string, number>>();
  readonly #owned = new Map<VirtualProcess, Map<string, number>>();

  constructor(watched: Watched, now: () => number, complain: (complaint: Complaint) => void) {
    this.deliveries = new Deliveries(this.#runs);
    this.#source = watched.rows;
    this.#dispatches = watched.dispatches;
    this.#now = now;
    this.#complain = complain;
  }

  get runs(): ReadonlyMap<string, RowsOfRun> {
    return this.#runs;
  }

  /** Rows have perhaps changed. */
  async settled(process: VirtualProcess, call: PortCall, answer: unknown): Promise<void> {
    if (call.method === "heartbeat") this.#leases.renewed(call, answer as HeartbeatReply);
    const claimed = call.method === "claim" ? (answer as readonly ClaimedStage[]) : [];
    const stored = accepted(call, answer);
    const applied = stored.filter(({ result }) => !result.replayed);
    for (const one of applied) {
      this.#complainOf([...this.#leases.applied(one), ...this.#blobs.applied(one.plan)]);
    }
    const { gone } = this.#leases;
    await this.#left(sessionsEnded(applied), gone);
    for (const runId of touchedRuns(claimed, stored)) {
      const before = this.#runs.get(runId);
      const after = await this.#source(runId);
      if (after.runs.length === 0) continue;
      this.#runs.set(runId, after);
      this.#complainOf(runUnderNobody(after.stages, gone));
      const own = applied.filter(({ plan }) => runsOf(plan).includes(runId));
      const dbNow = [...claimed, ...stored][0]?.dbNow ?? 0;
      this.#complainOf(checkChange({ before, after, dbNow, plans: own.map(({ plan }) => plan) }));
      if (this.#dispatches && own.length > 0) this.#complainOf(undispatched(before, after));
      for (const { invariant, message } of checkInvariants({ ...after, slots: [] })) {
        this.#complain([invariant, message]);
      }
    }
    // what befell the process may have left a row behind that it does not execute
    if (process.isExcused(this.#now())) return;
    this.#complainOf(this.#leases.claimed(claimed, this.#stages()));
  }

  /** What sessions that were declared gone just now ran, as far as is known, is read again. */
  async #left(ended: readonly string[], gone: ReadonlySet<string>): Promise<void> {
    if (ended.length === 0) return;
    const left = [...this.#stages()].filter(
      ({ status, session }) => status === "running" && ended.includes(session ?? ""),
    );
    for (const runId of new Set(left.map((row) => row.runId))) {
      this.#complainOf(runUnderNobody((await this.#source(runId)).stages, gone));
    }
  }

  *#stages(): Iterable<StageRow> {
    for (const { stages } of this.#runs.values()) yield* stages;
  }

  #complainOf(complaints: readonly Complaint[]): void {
    for (const complaint of complaints) this.#complain(complaint);
  }

  /** A process has learned what came of its call. */
  heard(process: VirtualProcess, call: PortCall, answer: unknown): void {
    if (call.method === "claim") {
      for (const { stage } of answer as readonly ClaimedStage[]) {
        of(this.#owned, process).set(stageKeyText(stage), stage.fence);
      }
    }
    const results = resultsOf(call, answer);
    for (const [i, plan] of call.plans.entries()) {
      const result = results[i];
      if (!result?.ok) continue;
      for (const [key, fence] of startedBy(plan)) of(this.#owned, process).set(key, fence);
      const guard = plan.guards.find(({ kind }) => kind === "stage");
      if (!result.held || guard?.kind !== "stage") continue;
      of(this.#toldHeld, process).set(stageKeyText(guard.key), guard.fence);
    }
  }

  /** The fence under which a process runs a stage, as far as it was told one. */
  fenceOf(process: VirtualProcess, stage: string): number | undefined {
    return this.#owned.get(process)?.get(stage);
  }

  entered(
    process: VirtualProcess,
    body: { readonly stage: string; readonly key: string; readonly atMostOnce: boolean } & {
      readonly attempt: number;
      readonly stageAttempt: number;
    },
  ): void {
    const rows = this.#runs.get(body.stage.split("/")[0] ?? "");
    const record = rows?.steps.find(
      (row) => `${stageKeyText(row)}/${row.key}#${row.occurrence}` === body.key,
    );
    const lost = rows?.attempts.filter(
      (row) => row.outcome === "lost" && stageKeyText(row) === body.stage,
    );
    const fence = this.fenceOf(process, body.stage);
    const held = this.#toldHeld.get(process)?.get(body.stage);
    const complaints = this.bodies.start({
      ...body,
      process,
      fence,
      at: this.#now(),
      wasLost: (before) => lost?.some((row) => row.fence === before) === true,
      recorded: record !== undefined && record.status !== "marker",
      toldHeld: held !== undefined && held === fence,
    });
    for (const complaint of complaints) this.#complain(complaint);
  }
}

function of<K, V>(maps: Map<VirtualProcess, Map<K, V>>, process: VirtualProcess): Map<K, V> {
  const known = maps.get(process) ?? new Map<K, V>();
  maps.set(process, known);
  return known;
}

const resultsOf = ({ method }: PortCall, answer: unknown): readonly CommitResult[] => {
  if (method === "commit") return [answer as CommitResult];
  return method === "commitMany" ? (answer as readonly CommitResult[]) : [];
};

interface AcceptedPlan extends AppliedPlan {
  readonly result: Committed;
}

/** Plans that are stored now, by this call or before it. */
const accepted = (call: PortCall, answer: unknown): readonly AcceptedPlan[] => {
  const results = resultsOf(call, answer);
  return call.plans.flatMap((plan, i): readonly AcceptedPlan[] => {
    const result = results[i];
    return result?.ok ? [{ plan, result, dbNow: result.dbNow }] : [];
  });
};

const sessionsEnded = (plans: readonly AppliedPlan[]): readonly string[] =>
  plans.flatMap(({ plan }) =>
    plan.writes.flatMap((write) =>
      write.op === "update" && write.table === "workers" && write.set.status === "gone"
        ? [write.key.id]
        : [],
    ),
  );

const touchedRuns = (
  claimed: readonly ClaimedStage[],
  plans: readonly AppliedPlan[],
): ReadonlySet<string> =>
  new Set([
    ...claimed.map(({ stage }) => stage.runId),
    ...plans.flatMap(({ plan }) => runsOf(plan)),
  ]);

function runsOf(plan: CommitPlan): readonly string[] {
  const guarded = plan.guards.flatMap((guard): string[] => {
    if (guard.kind === "rev" || guard.kind === "live") return [guard.runId];
    return guard.kind === "stage" ? [guard.key.runId] : [];
  });
  return [...guarded, ...plan.writes.flatMap(runsOfWrite)];
}

function runsOfWrite(write: Write): readonly string[] {
  if (isSetWrite(write)) return [write.runId];
  const named = (write.op === "insert" ? write.row : write.key) as {
    readonly id?: string;
    readonly runId?: string;
  };
  const runId = write.table === "runs" ? named.id : named.runId;
  return runId === undefined ? [] : [runId];
}

/** Stages that a plan makes running itself, as sticky continuation does. */
function startedBy(plan: CommitPlan): readonly (readonly [string, number])[] {
  return plan.writes.flatMap((write) => {
    if (write.op !== "insert" || write.table !== "stages") return [];
    const { row } = write;
    if (row.status !== "running") return [];
    return [[stageKeyText(row as StageKey), Number(row.fence)] as const];
  });
}

/** A run that has ended and all of whose events were taken by the sink, if there is one. */
export const isEnded = ({ runs }: RowsOfRun): boolean =>
  runs.every(
    ({ status, rev, sinkRev }) => isTerminalRun(status) && (sinkRev === null || sinkRev === rev),
  );

/** A run that has ended, or that only an operator can move: no limit will end it. */
export function isAtRest({ runs, stages }: RowsOfRun): boolean {
  const [run] = runs;
  if (!run) return true;
  if (isTerminalRun(run.status)) return run.sinkRev === null || run.sinkRev === run.rev;
  if (run.deadline !== null) return false;
  const open = stages.filter(({ status }) => OPEN.has(status));
  return open.length > 0 && open.every(({ held, holdReason }) => held && holdReason !== "paused");
}

const OPEN: ReadonlySet<string> = new Set(["ready", "running", "suspended"]);
