import { type ApplySteps, applySteps } from "../../src/apply.ts";
import { type CommitParts, commitPlan } from "../../src/commit.ts";
import { alreadyCommitted } from "../../src/evidence.ts";
import { firstRefusal, type GuardChecks } from "../../src/guards.ts";
import { getRow, groupRows, putRow, type Tables } from "../../src/tables.ts";
import { type Mutant, type Mutation, replace, wrap } from "./mutant.ts";

const commit = (change: (whole: CommitParts) => Partial<CommitParts>): Mutation =>
  replace("commit", change);

const apply = (change: Partial<ApplySteps>): Mutation =>
  commit((whole) => ({ apply: { ...whole.apply, ...change } }));

/** Sees a commit only where `sees` says so. */
const evidence = (name: string, sees: CommitParts["alreadyCommitted"]): Mutant => ({
  name: `a replay is not known by ${name}`,
  clause: "COMMIT-4",
  mutate: commit(() => ({ alreadyCommitted: sees })),
});

const answers = (name: string, clause: string, drop: object): Mutant => ({
  name: `the answer has no ${name}`,
  clause,
  mutate: commit((whole) => ({
    answer: (...given) => ({ ...whole.answer(...given), ...drop }) as never,
  })),
});

const allHold = Object.fromEntries(
  ["rev", "live", "stage", "absent", "version", "session", "notCondemned"].map((kind) => [
    kind,
    () => undefined,
  ]),
) as unknown as GuardChecks;

const at = (tables: Tables, runId: string, commitId: string): boolean =>
  groupRows(tables, "events", { runId }).some((event) => event.commitId === commitId);

export const COMMIT_MUTANTS: readonly Mutant[] = [
  {
    name: "a conflict undoes nothing",
    clause: "COMMIT-1",
    mutate: commit(() => ({ wholly: (_, change) => void change() })),
  },
  ...(["events", "intents", "dispatch"] as const).map((part) => ({
    name: `${part} of a plan are not written`,
    clause: "COMMIT-1",
    mutate: apply({ [part]: () => undefined }),
  })),
  {
    name: "a false guard is thrown",
    clause: "COMMIT-2",
    mutate: commit(() => ({
      refusal: (_, __, { why }) => {
        throw new Error(why);
      },
    })),
  },
  {
    name: "the last false guard says why",
    clause: "COMMIT-2",
    mutate: {
      parts: (parts) => ({
        ...parts,
        ticks: {
          ...parts.ticks,
          commit: (inner, tables, { plan, dbNow }) => {
            const turned = { ...plan, guards: plan.guards.toReversed() };
            return commitPlan(inner, tables, { plan: turned, dbNow });
          },
        },
      }),
    },
  },
  {
    name: "only the first guard is looked at",
    clause: "COMMIT-2",
    mutate: replace("ticks", {
      commit: (inner, tables, { plan, dbNow }) =>
        commitPlan(inner, tables, { plan: { ...plan, guards: plan.guards.slice(0, 1) }, dbNow }),
    }),
  },
  {
    name: "guards are evaluated before the lock",
    clause: "COMMIT-3",
    mutate: replace("ticks", {
      commit: async (inner, tables, { plan, dbNow }) => {
        const why = firstRefusal(inner.guards, tables, { guards: plan.guards, dbNow });
        await null;
        return why
          ? inner.refusal(inner.load, tables, { plan, dbNow, why })
          : commitPlan({ ...inner, guards: allHold }, tables, { plan, dbNow });
      },
    }),
  },
  evidence("anything", () => false),
  evidence("its row in commits", (tables, { events, commitId }) =>
    events.some(({ runId }) => at(tables, runId, commitId)),
  ),
  evidence(
    "its events",
    (tables, { commitId }) => getRow(tables, "commits", { commitId }) !== undefined,
  ),
  evidence("an event that is not the first after its decision", (tables, plan) => {
    const guard = plan.guards.find(({ kind }) => kind === "live");
    const since = guard?.kind === "live" ? guard.since : undefined;
    const [event] = plan.events;
    return since === undefined || !event
      ? alreadyCommitted(tables, plan)
      : getRow(tables, "events", { runId: event.runId, rev: since + 1 })?.commitId ===
          plan.commitId;
  }),
  {
    name: "an answer that was lost is forgotten",
    clause: "COMMIT-5",
    mutate: commit(() => ({ alreadyCommitted: () => false })),
  },
  {
    name: "no row in commits is written",
    clause: "COMMIT-4",
    mutate: apply({ evidence: () => undefined }),
  },
  answers("replayed", "COMMIT-4", { replayed: undefined }),
  answers("revs", "COMMIT-8", { revs: {} }),
  answers("counters", "COMMIT-9", { counters: [] }),
  answers("held", "COMMIT-9", { held: undefined }),
  answers("inbox", "COMMIT-9", { inbox: undefined }),
  answers("database time", "COMMIT-6", { dbNow: 0 }),
  {
    name: "instants relative to database time are relative to zero",
    clause: "COMMIT-6",
    mutate: apply({
      rows: (tables, application, writes) =>
        applySteps.rows(tables, { ...application, dbNow: 0 }, writes),
    }),
  },
  {
    name: "the run's rev does not follow its events",
    clause: "COMMIT-8",
    mutate: apply({
      events: (tables, application, writes) => {
        const before = application.plan.events.map(({ runId }) =>
          getRow(tables, "runs", { id: runId }),
        );
        const why = applySteps.events(tables, application, writes);
        for (const run of before) if (run) putRow(tables, "runs", run);
        return why;
      },
    }),
  },
  {
    name: "events are written in reverse",
    clause: "COMMIT-8",
    mutate: apply({
      events: (tables, application, writes) => {
        const events = application.plan.events.toReversed();
        const plan = { ...application.plan, events };
        return applySteps.events(tables, { ...application, plan }, writes);
      },
    }),
  },
  {
    name: "events of a new run follow the rev that its row carries",
    clause: "COMMIT-8",
    mutate: apply({
      events: (tables, application, writes) => {
        const plan = { ...application.plan, writes: [] };
        return applySteps.events(tables, { ...application, plan }, writes);
      },
    }),
  },
  {
    name: "revs are given before the lock",
    clause: "COMMIT-8",
    mutate: replace("ticks", {
      commit: async (inner, tables, { plan, dbNow }) => {
        const [event] = plan.events;
        const seen = event && getRow(tables, "runs", { id: event.runId });
        await null;
        const now = event && getRow(tables, "runs", { id: event.runId });
        if (seen && now) putRow(tables, "runs", { ...now, rev: seen.rev });
        const result = commitPlan(inner, tables, { plan, dbNow });
        return result;
      },
    }),
  },
  {
    name: "a refusal brings no snapshot",
    clause: "COMMIT-10",
    mutate: commit(() => ({ refusal: (_, __, { why, dbNow }) => ({ ok: false, why, dbNow }) })),
  },
  {
    name: "a refusal brings the run without its stages",
    clause: "COMMIT-10",
    mutate: commit((whole) => ({ load: { ...whole.load, stages: () => [] } })),
  },
  {
    name: "a batch stops at its first refusal",
    clause: "BATCH-1",
    mutate: wrap(({ commit: one }) => ({
      commitMany: async (plans) => {
        const results = [];
        for (const plan of plans) {
          const result = await one(plan);
          results.push(result);
          if (!result.ok) return results;
        }
        return results;
      },
    })),
  },
  {
    name: "a batch is refused as a whole",
    clause: "BATCH-1",
    mutate: wrap(({ commit: one }) => ({
      commitMany: async (plans) => {
        const results = await Promise.all(plans.map(one));
        return results.map((result) => results.find(({ ok }) => !ok) ?? result);
      },
    })),
  },
  {
    name: "a batch goes last plan first",
    clause: "BATCH-2",
    mutate: wrap(({ commitMany }) => ({
      commitMany: async (plans) => (await commitMany(plans.toReversed())).toReversed(),
    })),
  },
  {
    name: "of two plans of one run in a batch the second answers as the first",
    clause: "BATCH-2",
    mutate: wrap(({ commit: one }) => ({
      commitMany: async (plans) => {
        const first = plans[0] && (await one(plans[0]));
        return Promise.all(plans.map((plan, i) => (i < 2 && first ? first : one(plan))));
      },
    })),
  },
];
