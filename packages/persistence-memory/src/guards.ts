import { type Guard, isTerminalRun, type Refusal, type Row } from "@pawl/kernel/ports";
import { getRow, type Tables } from "./tables.ts";

type GuardOf<K extends Guard["kind"]> = Extract<Guard, { kind: K }>;

/** For each kind of guard: why it is false, or undefined when it holds. */
export type GuardChecks = {
  readonly [K in Guard["kind"]]: (
    tables: Tables,
    guard: GuardOf<K>,
    dbNow: number,
  ) => Refusal | undefined;
};

export const guardChecks: GuardChecks = {
  rev: (tables, { runId, rev }) => {
    const run = getRow(tables, "runs", { id: runId });
    if (!run) return "missing";
    return run.rev === rev ? undefined : "rev";
  },
  live: (tables, { runId, inbox, status }) => {
    const run = getRow(tables, "runs", { id: runId });
    if (!run) return "missing";
    if (isTerminalRun(run.status)) return "terminal";
    if (status && !status.includes(run.status)) return "rev";
    return inbox === undefined || run.inbox === inbox ? undefined : "rev";
  },
  stage: (tables, { key, fence, status }) => {
    const stage = getRow(tables, "stages", key);
    if (!stage) return "missing";
    return stage.fence === fence && stage.status === status ? undefined : "fence";
  },
  absent: (tables, { row }) => (getRow(tables, row.table, row.key) ? "exists" : undefined),
  version: (tables, { row, version }) => {
    const found = getRow(tables, row.table, row.key);
    if (!found) return "missing";
    return found.version === version ? undefined : "rev";
  },
  session: (tables, { id, epoch }, dbNow) =>
    takesStages(getRow(tables, "workers", { id }), epoch, dbNow) ? undefined : "fence",
  notCondemned: (tables, { hash }) =>
    getRow(tables, "blobTombstones", { hash }) ? "condemned" : undefined,
};

/** A session that takes stages: active, of this epoch, and unexpired in database time. */
export const takesStages = (
  worker: Row<"workers"> | undefined,
  epoch: number,
  dbNow: number,
): worker is Row<"workers"> =>
  worker !== undefined &&
  worker.status === "active" &&
  worker.epoch === epoch &&
  worker.expiresAt > dbNow;

export interface GuardedPlan {
  readonly guards: readonly Guard[];
  readonly dbNow: number;
}

/** Why the first false guard of a plan is false. */
export function firstRefusal(
  checks: GuardChecks,
  tables: Tables,
  { guards, dbNow }: GuardedPlan,
): Refusal | undefined {
  for (const guard of guards) {
    const check = checks[guard.kind] as (t: Tables, g: Guard, now: number) => Refusal | undefined;
    const why = check(tables, guard, dbNow);
    if (why) return why;
  }
  return undefined;
}
