import type { GuardChecks } from "../../src/guards.ts";
import { memoryParts } from "../../src/parts.ts";
import { getRow } from "../../src/tables.ts";
import { type Mutant, type Mutation, replace } from "./mutant.ts";

const checks = memoryParts.commit.guards;

const guard = (change: Partial<GuardChecks>): Mutation =>
  replace("commit", ({ guards }) => ({ guards: { ...guards, ...change } }));

const holds = (kind: keyof GuardChecks): Mutant => ({
  name: `guard ${kind} always holds`,
  clause: "COMMIT-9",
  mutate: guard({ [kind]: () => undefined }),
});

/** A guard that answers nothing where it should answer `why`. */
const blindTo = (kind: keyof GuardChecks, why: string): Mutant => ({
  name: `guard ${kind} never answers ${why}`,
  clause: "COMMIT-9",
  mutate: guard({
    [kind]: (...given: Parameters<typeof checks.rev>) => {
      const answer = checks[kind](given[0], given[1] as never, given[2]);
      return answer === why ? undefined : answer;
    },
  }),
});

const session = (name: string, check: GuardChecks["session"], clause = "COMMIT-9"): Mutant => ({
  name: `guard session ignores ${name}`,
  clause,
  mutate: guard({ session: check }),
});

const live = (name: string, check: GuardChecks["live"]): Mutant => ({
  name: `guard live ${name}`,
  clause: "COMMIT-9",
  mutate: guard({ live: check }),
});

export const GUARD_MUTANTS: readonly Mutant[] = [
  ...(Object.keys(checks) as (keyof GuardChecks)[]).map(holds),
  blindTo("rev", "missing"),
  blindTo("rev", "rev"),
  blindTo("live", "missing"),
  blindTo("live", "terminal"),
  blindTo("live", "rev"),
  blindTo("stage", "missing"),
  blindTo("stage", "fence"),
  blindTo("version", "missing"),
  blindTo("version", "rev"),
  {
    name: "guard rev refuses a run that has ended",
    clause: "COMMIT-9",
    mutate: guard({
      rev: (tables, one, dbNow) =>
        checks.rev(tables, one, dbNow) ??
        checks.live(tables, { kind: "live", runId: one.runId }, dbNow),
    }),
  },
  {
    name: "guard live refuses a paused run",
    clause: "COMMIT-9",
    mutate: guard({
      live: (tables, one, dbNow) =>
        getRow(tables, "runs", { id: one.runId })?.status === "paused"
          ? "terminal"
          : checks.live(tables, one, dbNow),
    }),
  },
  live("ignores the status", (tables, { status: _, ...one }, dbNow) =>
    checks.live(tables, one, dbNow),
  ),
  live("holds in no status when several are given", (tables, one, dbNow) =>
    one.status && one.status.length > 1 ? "rev" : checks.live(tables, one, dbNow),
  ),
  live("calls another status terminal", (tables, one, dbNow) =>
    checks.live(tables, { kind: "live", runId: one.runId }, dbNow) === undefined &&
    checks.live(tables, one, dbNow)
      ? "terminal"
      : checks.live(tables, one, dbNow),
  ),
  live("holds in an ended run whose status is given", (tables, one, dbNow) => {
    const run = getRow(tables, "runs", { id: one.runId });
    return run && one.status?.includes(run.status) ? undefined : checks.live(tables, one, dbNow);
  }),
  live("takes the rev of the decision for a condition", (tables, one, dbNow) => {
    const run = getRow(tables, "runs", { id: one.runId });
    return run && one.since !== undefined && run.rev !== one.since
      ? "rev"
      : checks.live(tables, one, dbNow);
  }),
  {
    name: "guard stage ignores the fence",
    clause: "COMMIT-9",
    mutate: guard({
      stage: (tables, { key, status }) =>
        getRow(tables, "stages", key)?.status === status ? undefined : "fence",
    }),
  },
  {
    name: "guard stage ignores the status",
    clause: "COMMIT-9",
    mutate: guard({
      stage: (tables, { key, fence }) =>
        getRow(tables, "stages", key)?.fence === fence ? undefined : "fence",
    }),
  },
  {
    name: "guard stage refuses a held stage",
    clause: "COMMIT-9",
    mutate: guard({
      stage: (tables, one, dbNow) =>
        getRow(tables, "stages", one.key)?.held ? "fence" : checks.stage(tables, one, dbNow),
    }),
  },
  session("the epoch", (tables, { id }, dbNow) => {
    const epoch = getRow(tables, "workers", { id })?.epoch ?? 0;
    return checks.session(tables, { kind: "session", id, epoch }, dbNow);
  }),
  session("that it is gone", (tables, { id, epoch }) =>
    getRow(tables, "workers", { id })?.epoch === epoch ? undefined : "fence",
  ),
  session("its expiry", (tables, one) => checks.session(tables, one, 0), "COMMIT-6"),
  session(
    "the instant of expiry",
    (tables, one, dbNow) => checks.session(tables, one, dbNow - 1),
    "COMMIT-6",
  ),
];
