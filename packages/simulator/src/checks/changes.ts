import type { CommitPlan, Row, StageKey } from "@pawl/kernel/ports";
import { isTerminalRun, stageKeyText } from "@pawl/kernel/ports";
import type { RowsOfRun } from "@pawl/persistence-memory";

/** Two readings of a run, one move apart, and the plan between them where there was one. */
export interface Change {
  readonly before: RowsOfRun | undefined;
  readonly after: RowsOfRun;
  readonly plans: readonly CommitPlan[];
  /** Database time of the change. */
  readonly dbNow: number;
}

/** A complaint, with the invariant that it is about. */
export type Complaint = readonly [invariant: string, message: string];

type Check = (change: Change & { readonly before: RowsOfRun }) => readonly Complaint[];

/** What may not change from one reading to the next: I9, I10, I15, I22, I33, I34, and time. */
export function checkChange(change: Change): readonly Complaint[] {
  const { before } = change;
  if (!before) return [];
  return CHECKS.flatMap((check) => check({ ...change, before }));
}

const stepText = (row: Row<"steps">): string => `${stageKeyText(row)}/${row.key}#${row.occurrence}`;

const index = <R>(rows: readonly R[], textOf: (row: R) => string): ReadonlyMap<string, R> =>
  new Map(rows.map((row) => [textOf(row), row]));

/** I9: a fence never falls; I33: a claim takes no held stage. */
const fences: Check = ({ before, after }) => {
  const old = index(before.stages, stageKeyText);
  return after.stages.flatMap((row): Complaint[] => {
    const was = old.get(stageKeyText(row));
    if (!was || was === row) return [];
    const name = stageKeyText(row);
    if (row.fence < was.fence) return [["I9", `${name}: fence ${was.fence} became ${row.fence}`]];
    const claimed = row.status === "running" && row.fence > was.fence;
    if (claimed && was.held) return [["I33", `${name} was claimed while held (${was.holdReason})`]];
    if (claimed && was.status === "running") return [["I11", `${name} was claimed while running`]];
    return [];
  });
};

/** I33: nothing begins in a run that is paused. */
const pausedRuns: Check = ({ before, after }) => {
  if (before.runs[0]?.status !== "paused" || after.runs[0]?.status !== "paused") return [];
  const old = index(before.stages, stageKeyText);
  return after.stages.flatMap((row): Complaint[] => {
    const began = row.status === "running" && old.get(stageKeyText(row))?.status !== "running";
    return began ? [["I33", `${stageKeyText(row)} began while its run is paused`]] : [];
  });
};

const waitText = (row: Row<"waits">): string => `${stageKeyText(row)}/${row.key}#${row.occurrence}`;

/** I22: a wait is resolved once. */
const resolvedOnce: Check = ({ before, after }) => {
  const now = index(after.waits, waitText);
  if (after.runs[0]?.reopenCount !== before.runs[0]?.reopenCount) return [];
  return before.waits.flatMap((was): Complaint[] => {
    const row = now.get(waitText(was));
    if (was.outcome === null || row === was) return [];
    const isSame = row?.outcome === was.outcome && (was.seq === null || row.seq === was.seq);
    return isSame ? [] : [["I22", `wait ${waitText(was)}, which had ended, changed`]];
  });
};

/** Nothing is claimed before it is due, no wait fires before its instant: by database time. */
const inTime: Check = ({ before, after, dbNow }) => {
  const stages = index(before.stages, stageKeyText);
  const early = after.stages.flatMap((row): Complaint[] => {
    const was = stages.get(stageKeyText(row));
    if (!was || row.status !== "running" || row.fence === was.fence) return [];
    const due = was.status === "suspended" ? was.wakeAt : was.availableAt;
    if (was.status === "running" || due === null || due <= dbNow) return [];
    return [["time", `${stageKeyText(row)} was claimed ${due - dbNow} ms before it was due`]];
  });
  const open = index(before.waits, waitText);
  const fired = after.waits.flatMap((row): Complaint[] => {
    const isNew = row.outcome === "fired" && open.get(waitText(row))?.outcome !== "fired";
    if (!isNew || row.dueAt === null || row.dueAt <= dbNow) return [];
    return [["time", `wait ${waitText(row)} fired ${row.dueAt - dbNow} ms early`]];
  });
  return [...early, ...fired];
};

/** Counted losses after which a stage is quarantined. */
const LOSSES_COUNTED_MAX = 3;

/** I14: who is lost again with no new record is suspect, and quarantined in the end. */
const losses: Check = ({ before, after }) => {
  const old = index(before.stages, stageKeyText);
  return after.stages.flatMap((row): Complaint[] => {
    if (row === old.get(stageKeyText(row)) || !LIVE.has(row.status) || row.held) return [];
    const lost = `${stageKeyText(row)} was lost ${row.losses} times, ${row.lossesCounted} counted`;
    if (row.lossesCounted >= LOSSES_COUNTED_MAX) return [["I14", `${lost}, and not quarantined`]];
    return row.losses > 1 && !row.suspect ? [["I14", `${lost}, and is no suspect`]] : [];
  });
};

const LIVE: ReadonlySet<string> = new Set(["ready", "running", "suspended"]);

/** I15: a record stays as it is; only a marker is replaced, by its record, once. */
const records: Check = ({ before, after }) => {
  const now = index(after.steps, stepText);
  return before.steps.flatMap((was): Complaint[] => {
    const row = now.get(stepText(was));
    if (row === was) return [];
    if (!row) return [["I15", `record ${stepText(was)} vanished`]];
    if (was.status === "marker" || JSON.stringify(row) === JSON.stringify(was)) return [];
    return [["I15", `record ${stepText(was)} changed`]];
  });
};

/** I1, I34: after the end of a run nothing of it changes. */
const afterTheEnd: Check = ({ before, after }) => {
  const [was, run] = [before.runs[0], after.runs[0]];
  if (!was || !run || !isTerminalRun(was.status) || run.reopenCount > was.reopenCount) return [];
  const check = was.status === "cancelled" ? "I34" : "I1";
  if (run.rev !== was.rev) return [[check, `an event followed the end of run ${run.id}`]];
  const late = (["steps", "stages", "waits", "attempts"] as const).filter(
    (table) =>
      after[table].length !== before[table].length ||
      JSON.stringify(after[table]) !== JSON.stringify(before[table]),
  );
  return late.map((table) => [check, `${table} of run ${run.id} changed after its end`]);
};

/** I10: what was written under a fence was written while the stage had that fence. */
const staleFences: Check = ({ before, after, plans }) => {
  if (plans.length === 0) return [];
  const old = index(before.stages, stageKeyText);
  const guarded = plans.flatMap(({ guards }) => guards.filter((guard) => guard.kind === "stage"));
  const fenceOf = (row: StageKey): number | undefined => {
    const guard = guarded.find(({ key }) => stageKeyText(key) === stageKeyText(row));
    return guard?.fence;
  };
  const known = index(before.steps, stepText);
  const fresh = after.steps.filter((row) => !known.has(stepText(row)));
  return fresh.flatMap((row): Complaint[] => {
    const owner = old.get(stageKeyText(row));
    if (!owner) return [];
    const fence = fenceOf(row);
    if (row.fence === owner.fence && owner.status === "running" && fence === row.fence) return [];
    return [
      [
        "I10",
        `record ${stepText(row)} was written under fence ${row.fence} (guard ${fence}) while the ` +
          `stage was ${owner.status} with ${owner.fence}`,
      ],
    ];
  });
};

const CHECKS: readonly Check[] = [
  fences,
  pausedRuns,
  records,
  resolvedOnce,
  inTime,
  losses,
  afterTheEnd,
  staleFences,
];
