import type { StageRow, WaitRow } from "@pawl/kernel/ports";
import { type ClaimParts, claimParts, claimStages } from "../../src/claim.ts";
import type { ClaimWaitParts } from "../../src/claim-waits.ts";
import { byText, type Candidate } from "../../src/claimable.ts";
import { takesStages } from "../../src/guards.ts";
import { allRows, groupRows, newTables, putRow, type Tables } from "../../src/tables.ts";
import { type Mutant, type Mutation, replace } from "./mutant.ts";

const claim = (name: string, clause: string, change: Partial<ClaimParts>): Mutant => ({
  name: `claim ${name}`,
  clause,
  mutate: replace("claim", change),
});

const without = (condition: string, clause: string): Mutant =>
  claim(`does not look at ${condition}`, clause, {
    conditions: { ...claimParts.conditions, [condition]: () => true },
  });

const dueWhen = (name: string, due: (candidate: Candidate) => boolean): Mutant =>
  claim(name, "CLAIM-6", { conditions: { ...claimParts.conditions, due } });

const keeps = (column: keyof StageRow, clause = "CLAIM-2"): Mutant =>
  claim(`leaves ${column}`, clause, {
    taken: (stage, ...given) => ({
      ...claimParts.taken(stage, ...given),
      [column]: stage[column],
    }),
  });

const waits = (name: string, change: Partial<ClaimWaitParts>): Mutant =>
  claim(name, "CLAIM-6", { waits: { ...claimParts.waits, ...change } });

const { due } = claimParts.conditions as { readonly due: (candidate: Candidate) => boolean };

/** Chooses in one view of the store and writes into a later one. */
const unlocked: Mutation = replace("ticks", {
  claim: async (parts, tables, at) => {
    const copy = newTables();
    for (const table of ["runs", "stages", "workers", "waits"] as const) {
      for (const row of allRows(tables, table)) putRow(copy, table, row);
    }
    const claimed = claimStages(parts, copy, at);
    await null;
    for (const { stage } of claimed) putRow(tables, "stages", stage);
    return claimed;
  },
});

const rows = (tables: Tables, { runId }: StageRow): readonly WaitRow[] =>
  groupRows(tables, "waits", { runId });

export const CLAIM_MUTANTS: readonly Mutant[] = [
  { name: "claim chooses before the lock", clause: "CLAIM-1", mutate: unlocked },
  { name: "claim holds what a pause took meanwhile", clause: "CLAIM-7", mutate: unlocked },
  claim("leaves a stage ready", "CLAIM-1", {
    taken: (stage, ...given) => ({ ...claimParts.taken(stage, ...given), status: "ready" }),
  }),
  keeps("fence"),
  keeps("session"),
  keeps("sessionEpoch"),
  keeps("startedAt"),
  keeps("wakeAt"),
  claim("starts a generation anew", "CLAIM-2", {
    taken: (stage, request, dbNow) => ({
      ...claimParts.taken(stage, request, dbNow),
      startedAt: dbNow,
    }),
  }),
  claim("counts an attempt", "CLAIM-2", {
    taken: (stage, ...given) => ({
      ...claimParts.taken(stage, ...given),
      attempt: stage.attempt + 1,
    }),
  }),
  claim("ignores the rank", "CLAIM-4", {
    order: (a, b) => claimParts.order({ ...a, claimRank: 0 }, { ...b, claimRank: 0 }),
  }),
  claim("ignores the map index", "CLAIM-4", {
    order: (a, b) => claimParts.order({ ...a, mapIndex: 0 }, { ...b, mapIndex: 0 }),
  }),
  claim("ignores run and stage", "CLAIM-4", {
    order: (a, b) => a.claimRank - b.claimRank || a.mapIndex - b.mapIndex,
  }),
  claim("ignores the limit", "CLAIM-4", { limit: () => 1_000 }),
  claim("takes many suspects", "CLAIM-8", { limit: ({ limit }) => limit }),
  without("definition", "CLAIM-5"),
  without("queue", "CLAIM-5"),
  without("namespace", "CLAIM-5"),
  without("named", "CLAIM-5"),
  without("notHeld", "CLAIM-7"),
  without("runLive", "CLAIM-7"),
  without("suspect", "CLAIM-8"),
  without("readable", "CLAIM-11"),
  without("due", "CLAIM-6"),
  claim("does not serve closing runs", "CLAIM-7", {
    conditions: { ...claimParts.conditions, runLive: ({ run }) => run.status === "running" },
  }),
  claim("reads an empty list of queues as all", "CLAIM-5", {
    conditions: {
      ...claimParts.conditions,
      queue: ({ stage, request: { queues } }) => !queues?.length || queues.includes(stage.queue),
    },
  }),
  dueWhen("takes ready stages alone", (one) => one.stage.status === "ready" && due(one)),
  dueWhen(
    "takes ready stages before their time",
    (one) => one.stage.status === "ready" || due(one),
  ),
  dueWhen(
    "takes suspended stages before their time",
    (one) => (one.stage.status === "suspended" && one.stage.wakeAt !== null) || due(one),
  ),
  dueWhen(
    "takes suspended stages that have no wake",
    (one) => (one.stage.status === "suspended" && one.stage.wakeAt === null) || due(one),
  ),
  dueWhen("is late by an instant", (one) => due({ ...one, dbNow: one.dbNow - 1 })),
  claim("does not look at the session", "CLAIM-9", { session: () => true }),
  claim("does not look at the epoch", "CLAIM-9", {
    session: (worker, _, dbNow) => claimParts.session(worker, worker?.epoch ?? 0, dbNow),
  }),
  claim("does not look at the expiry", "CLAIM-9", {
    session: (worker, epoch) => claimParts.session(worker, epoch, 0),
  }),
  claim("serves draining sessions", "CLAIM-9", {
    session: (worker, ...given) =>
      takesStages(worker && { ...worker, status: "active" }, ...given) && worker?.status !== "gone",
  }),
  claim("serves sessions that are gone", "CLAIM-9", {
    session: (worker, epoch, dbNow) =>
      worker?.status === "gone" || claimParts.session(worker, epoch, dbNow),
  }),
  waits("settles no wait", { resolve: () => undefined }),
  waits("fires what times out", {
    resolve: (...given) => claimParts.waits.resolve(...given) && "fired",
  }),
  waits("times out what fires", {
    resolve: (...given) => claimParts.waits.resolve(...given) && "timedOut",
  }),
  waits("leaves holds open", {
    resolve: (wait, dbNow) =>
      wait.kind === "hold" ? undefined : claimParts.waits.resolve(wait, dbNow),
  }),
  waits("settles waits before they are due", {
    resolve: (wait) => claimParts.waits.resolve(wait, Number.MAX_SAFE_INTEGER),
  }),
  waits("settles waits an instant late", {
    resolve: (wait, dbNow) => claimParts.waits.resolve(wait, dbNow - 1),
  }),
  waits("settles at the claim's instant", { resolvedAt: (_, dbNow) => dbNow }),
  waits("numbers no wait", { unnumbered: () => false }),
  waits("numbers closed waits", {
    unnumbered: ({ outcome, seq }) => outcome !== null && seq === null,
  }),
  waits("numbers waits again", {
    unnumbered: ({ outcome }) => outcome !== null && outcome !== "closed",
  }),
  waits("numbers by key alone", { order: (a, b) => byText(a.key, b.key) }),
  waits("numbers by instant alone", {
    order: (a, b) => (a.resolvedAt ?? 0) - (b.resolvedAt ?? 0) || byText(b.key, a.key),
  }),
  waits("does not number by occurrence", {
    order: (a, b) => claimParts.waits.order({ ...a, occurrence: 0 }, { ...b, occurrence: 0 }),
  }),
  waits("numbers from one", { lastSeq: () => 0 }),
  waits("numbers after steps alone", {
    lastSeq: (tables, stage) =>
      Math.max(0, ...groupRows(tables, "steps", stage).map(({ seq }) => seq)),
  }),
  waits("numbers after waits alone", {
    lastSeq: (tables, stage) =>
      Math.max(0, ...groupRows(tables, "waits", stage).map(({ seq }) => seq ?? 0)),
  }),
  claim("brings no outputs", "CLAIM-10", { upstream: () => [] }),
  claim("brings superseded outputs", "CLAIM-10", {
    upstream: (tables, stage) => {
      const whole = newTables();
      for (const row of groupRows(tables, "stages", { runId: stage.runId })) {
        putRow(whole, "stages", { ...row, superseded: false });
      }
      return claimParts.upstream(whole, stage);
    },
  }),
  claim("brings outputs out of order", "CLAIM-10", {
    upstream: (...given) => claimParts.upstream(...given).toReversed(),
  }),
  claim("brings no open waits", "CLAIM-10", { openWaits: () => [] }),
  claim("brings open waits of the whole run", "CLAIM-6", {
    openWaits: (tables, stage) => rows(tables, stage),
  }),
  claim("brings no step attempts", "CLAIM-10", { stepAttempts: () => [] }),
  claim("brings attempts of every stage attempt", "CLAIM-10", {
    stepAttempts: (tables, stage) => groupRows(tables, "attempts", { runId: stage.runId }),
  }),
  claim("brings no memo", "CLAIM-10", { memo: { ...claimParts.memo, entries: () => [] } }),
  claim("does not bound the memo", "CLAIM-10", { memo: { ...claimParts.memo, fits: () => true } }),
];
