import type { Row, Write } from "@pawl/kernel/ports";
import { insert, stageKey } from "./plans.ts";
import type { Situation } from "./sweep-situation.ts";
import { STRANDED } from "./sweep-stranded.ts";

type Run = Partial<Row<"runs">>;
type Stage = Partial<Row<"stages">>;

const runs = (...parts: readonly Run[]): readonly Write[] =>
  parts.map((part) => insert("runs", part));

const staged = (stage: Stage, run: Run = {}): readonly Write[] => [
  insert("runs", run),
  insert("stages", stage),
];

const named = (name: string, stage: Stage): readonly Write[] => [
  insert("runs", { id: `name ${name}` }),
  insert("stages", { runId: `name ${name}`, ...stage }),
];

const startDue: Situation = {
  kind: "startDue",
  found: {
    "a pending run whose start has come": () => ({
      rows: runs({ status: "pending", startAt: 2_000 }),
      item: { runId: "run", at: 2_000 },
    }),
  },
  passedOver: {
    "runs that are not pending": () =>
      (["running", "paused", "closing", "completed", "cancelled"] as const).flatMap((status) =>
        runs({ id: status, status, startAt: 2_000 }),
      ),
    "a pending run without a start": () => runs({ status: "pending" }),
  },
  due: (startAt) => runs({ status: "pending", startAt }),
  many: (name, startAt) => runs({ id: `name ${name}`, status: "pending", startAt }),
};

const asleep = { status: "suspended", wakeAt: 2_000 } as const;

const wakeDue: Situation = {
  kind: "wakeDue",
  found: {
    "a suspended stage whose wake has come": () => ({
      rows: staged({ ...asleep, mapIndex: 3, generation: 1 }),
      item: { runId: "run", stage: stageKey({ mapIndex: 3, generation: 1 }), at: 2_000 },
    }),
  },
  passedOver: {
    "a held stage": () => staged({ ...asleep, held: true, holdReason: "paused" }),
    "a stage without a wake": () => staged({ ...asleep, wakeAt: null }),
    "stages that are not suspended": () => [
      ...runs({}),
      ...(["ready", "running", "completed", "blocked"] as const).map((status) =>
        insert("stages", { ...asleep, stageId: status, status }),
      ),
    ],
  },
  due: (wakeAt) => staged({ ...asleep, wakeAt }),
  many: (name, wakeAt) => named(name, { ...asleep, wakeAt }),
};

const sessionExpired: Situation = {
  kind: "sessionExpired",
  found: {
    "an active session past its lease": () => ({
      rows: [insert("workers", { expiresAt: 2_000 })],
      item: { runId: "", id: "session", at: 2_000 },
    }),
    "a draining session past its lease": () => ({
      rows: [insert("workers", { expiresAt: 2_000, status: "draining" })],
      item: { runId: "", id: "session", at: 2_000 },
    }),
  },
  passedOver: {
    "a session that is gone": () => [insert("workers", { expiresAt: 2_000, status: "gone" })],
  },
  due: (expiresAt) => [insert("workers", { expiresAt })],
  many: (name, expiresAt) => [insert("workers", { id: `name ${name}`, expiresAt })],
};

const runDeadline: Situation = {
  kind: "runDeadline",
  found: Object.fromEntries(
    (["pending", "running", "paused", "closing"] as const).map((status) => [
      `a run ${status} past its deadline`,
      () => ({ rows: runs({ status, deadline: 2_000 }), item: { runId: "run", at: 2_000 } }),
    ]),
  ),
  passedOver: {
    "ended runs": () =>
      (["completed", "failed", "cancelled"] as const).flatMap((status) =>
        runs({ id: status, status, deadline: 2_000 }),
      ),
    "a run without a deadline": () => runs({}),
  },
  due: (deadline) => runs({ deadline }),
  many: (name, deadline) => runs({ id: `name ${name}`, deadline }),
};

const late = { startDeadline: 2_000 } as const;

const startDeadline: Situation = {
  kind: "startDeadline",
  found: {
    ...Object.fromEntries(
      (["pending", "running"] as const).map((status) => [
        `a run ${status} that has not started`,
        () => ({ rows: runs({ status, ...late }), item: { runId: "run", at: 2_000 } }),
      ]),
    ),
    ...Object.fromEntries(
      (["ready", "blocked"] as const).map((status) => [
        `a stage ${status} that has not started`,
        () => ({
          rows: staged({ status, ...late }),
          item: { runId: "run", stage: stageKey(), at: 2_000 },
        }),
      ]),
    ),
  },
  passedOver: {
    "a run that has started": () => runs({ ...late, startedAt: 1_500 }),
    "runs paused, closing or ended": () =>
      (["paused", "closing", "completed", "failed"] as const).flatMap((status) =>
        runs({ id: status, status, ...late }),
      ),
    "a stage that has started": () => staged({ ...late, startedAt: 1_500 }),
    "stages of another status": () => [
      ...runs({}),
      ...(["running", "suspended", "completed", "skipped"] as const).map((status) =>
        insert("stages", { ...late, stageId: status, status }),
      ),
    ],
  },
  due: (at) => runs({ startDeadline: at }),
  many: (name, at) => runs({ id: `name ${name}`, startDeadline: at }),
};

const blocked = { status: "blocked", joinPending: 0 } as const;

const joinReady: Situation = {
  kind: "joinReady",
  found: Object.fromEntries(
    [0, -1].map((joinPending) => [
      `a blocked stage with ${joinPending} dependencies left`,
      () => ({
        rows: staged({ ...blocked, joinPending }),
        item: { runId: "run", stage: stageKey() },
      }),
    ]),
  ),
  passedOver: {
    "a stage with a dependency left": () => staged({ ...blocked, joinPending: 1 }),
    "a stage that waits for a slot": () => staged({ ...blocked, slotKey: "slot" }),
    "a stage that is not blocked": () => staged({ status: "ready" }),
    "stages of runs that are not running": () =>
      (["pending", "paused", "closing", "completed", "failed"] as const).flatMap((status) => [
        insert("runs", { id: status, status }),
        insert("stages", { ...blocked, runId: status }),
      ]),
  },
  many: (name, createdAt) => named(name, { ...blocked, createdAt }),
};

const HOUR_MS = 3_600_000;

const undispatched: Situation = {
  kind: "undispatched",
  olderThanMs: HOUR_MS,
  found: {
    "a ready stage never dispatched": () => ({
      rows: staged({}),
      item: { runId: "run", stage: stageKey() },
    }),
    "a ready stage dispatched long ago": (now) => ({
      rows: staged({ dispatchedAt: now - HOUR_MS }),
      item: { runId: "run", stage: stageKey() },
    }),
    "a ready stage of a closing run": () => ({
      rows: staged({}, { status: "closing" }),
      item: { runId: "run", stage: stageKey() },
    }),
  },
  passedOver: {
    "a stage dispatched lately": (now) => staged({ dispatchedAt: now - HOUR_MS + 1 }),
    "a held stage": () => staged({ held: true, holdReason: "paused" }),
    "a stage not yet available": (now) => staged({ availableAt: now + 1 }),
    "a stage that is not ready": () => staged({ status: "suspended" }),
    "stages of runs neither running nor closing": () =>
      (["pending", "paused", "completed", "cancelled"] as const).flatMap((status) => [
        insert("runs", { id: status, status }),
        insert("stages", { runId: status }),
      ]),
  },
  many: (name, availableAt) => named(name, { availableAt }),
};

const undelivered: Situation = {
  kind: "undelivered",
  found: {
    "a run whose sink is behind": () => ({
      rows: runs({ rev: 3, sinkRev: 2 }),
      item: { runId: "run" },
    }),
    "an ended run whose sink is behind": () => ({
      rows: runs({ rev: 3, sinkRev: 0, status: "completed" }),
      item: { runId: "run" },
    }),
  },
  passedOver: {
    "a run without a sink": () => runs({ rev: 3 }),
    "a run whose sink has all": () => runs({ rev: 3, sinkRev: 3 }),
  },
  many: (name, createdAt) => runs({ id: `name ${name}`, rev: 1, sinkRev: 0, createdAt }),
};

const commitsOld: Situation = {
  kind: "commitsOld",
  olderThanMs: HOUR_MS,
  everyNamespace: true,
  found: {
    "a commit row of that age": (now) => ({
      rows: [insert("commits", { commitId: "old", at: now - HOUR_MS })],
      item: { runId: "", id: "old", at: now - HOUR_MS },
    }),
  },
  passedOver: {
    "a younger one": (now) => [insert("commits", { commitId: "young", at: now - HOUR_MS + 1 })],
  },
  due: (at) => [insert("commits", { commitId: "old", at })],
  many: (name, at) => [insert("commits", { commitId: `name ${name}`, at })],
};

const tombstones: Situation = {
  kind: "tombstones",
  olderThanMs: HOUR_MS,
  everyNamespace: true,
  found: Object.fromEntries(
    (["condemned", "deleting"] as const).map((state) => [
      `a tombstone ${state} of that age`,
      (now: number) => ({
        rows: [insert("blobTombstones", { state, at: now - HOUR_MS })],
        item: { runId: "", id: "ab12", at: now - HOUR_MS },
      }),
    ]),
  ),
  passedOver: {
    "a younger one": (now) => [insert("blobTombstones", { at: now - HOUR_MS + 1 })],
  },
  due: (at) => [insert("blobTombstones", { at })],
  many: (name, at) => [insert("blobTombstones", { hash: `name ${name}`, at })],
};

export const SITUATIONS: readonly Situation[] = [
  startDue,
  wakeDue,
  sessionExpired,
  runDeadline,
  startDeadline,
  joinReady,
  undispatched,
  undelivered,
  STRANDED,
  commitsOld,
  tombstones,
];
