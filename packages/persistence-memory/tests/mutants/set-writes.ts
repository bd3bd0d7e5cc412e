import type { SetWrite, StagesWrite, Write } from "@pawl/kernel/ports";
import {
  closeWaits,
  type SetWriteParts,
  setWriteParts,
  updateStages,
} from "../../src/set-writes.ts";
import { allRows, keyText, putRow, type Tables } from "../../src/tables.ts";
import type { WriteSteps } from "../../src/writes.ts";
import { type Mutant, type Mutation, replace } from "./mutant.ts";

const steps = (change: Partial<WriteSteps>): Mutation =>
  replace("commit", ({ apply }) => ({
    apply: { ...apply, writes: { ...apply.writes, ...change } },
  }));

/** One piece of both writes replaced. */
const set = (name: string, change: Partial<SetWriteParts>, clause = "COMMIT-9"): Mutant => {
  const parts = { ...setWriteParts, ...change };
  const mutate = steps({ updateStages: updateStages(parts), closeWaits: closeWaits(parts) });
  return { name: `set-wise writes: ${name}`, clause, mutate };
};

/** A condition that is not looked at. */
const blindTo = (condition: keyof StagesWrite["where"]): Mutant =>
  set(`${condition} does not matter`, {
    matches: (stage, where) => setWriteParts.matches(stage, { ...where, [condition]: undefined }),
  });

/** Leaves out by a key of which columns are not looked at. */
const leavesOut = (name: string, column: "stageId" | "mapIndex" | "generation"): Mutant =>
  set(name, {
    excepted: (key, { except = [] }) =>
      except.some(
        (one) => keyText("stages", { ...one, [column]: key[column] }) === keyText("stages", key),
      ),
  });

const inEveryRun = (tables: Tables, write: SetWrite, dbNow: number): void => {
  const runs = new Set([...allRows(tables, "stages"), ...allRows(tables, "waits")].map(runOf));
  for (const runId of runs) {
    if (write.op === "updateStages") {
      updateStages(setWriteParts)(tables, { ...write, runId }, dbNow);
    } else closeWaits(setWriteParts)(tables, { ...write, runId }, dbNow);
  }
};

const runOf = ({ runId }: { readonly runId: string }): string => runId;

const check = (name: string, passes: (write: Write) => boolean): Mutant => ({
  name: `a plan is not checked for ${name}`,
  clause: "COMMIT-9",
  mutate: replace("commit", (whole) => ({
    check: (plan) => {
      if (!plan.writes.some(passes)) whole.check(plan);
    },
  })),
});

export const SET_WRITE_MUTANTS: readonly Mutant[] = [
  blindTo("status"),
  blindTo("held"),
  blindTo("holdReason"),
  set("superseded rows too", {
    matches: (stage, where) => setWriteParts.matches({ ...stage, superseded: false }, where),
  }),
  set("only stages that are open", {
    matches: (stage, where) =>
      ["blocked", "ready", "running", "suspended"].includes(stage.status) &&
      setWriteParts.matches(stage, where),
  }),
  set("an empty list of statuses means all", {
    matches: (stage, { status, ...where }) =>
      setWriteParts.matches(stage, status?.length ? { ...where, status } : where),
  }),
  set("nothing is left out", { excepted: () => false }),
  leavesOut("a whole stage is left out for one item", "mapIndex"),
  leavesOut("every generation is left out for one", "generation"),
  leavesOut("every stage is left out for one", "stageId"),
  set("no fence rises", { fence: ({ fence }) => fence }),
  set("every fence rises", { fence: ({ fence }) => fence + 1 }),
  set("fences are set to one", {
    fence: (stage, { raiseFence }) => (raiseFence ? 1 : stage.fence),
  }),
  set("waits that were settled are closed too", { closes: () => true }),
  set("only timers are closed", {
    closes: ({ outcome, kind }) => outcome === null && kind === "timer",
  }),
  {
    name: "set-wise writes reach into other runs",
    clause: "COMMIT-9",
    mutate: steps({
      updateStages: (tables, write, dbNow) => void inEveryRun(tables, write, dbNow),
      closeWaits: (tables, write, dbNow) => void inEveryRun(tables, write, dbNow),
    }),
  },
  {
    name: "closeWaits resolves waits when they were due",
    clause: "COMMIT-6",
    mutate: steps({
      closeWaits: (tables, write, dbNow) => {
        const before = allRows(tables, "waits").filter(({ outcome }) => outcome === null);
        closeWaits(setWriteParts)(tables, write, dbNow);
        for (const row of before) {
          putRow(tables, "waits", { ...row, outcome: "closed", resolvedAt: row.dueAt });
        }
        return undefined;
      },
    }),
  },
  check("updateStages", (write) => write.op === "updateStages"),
  check("closeWaits", (write) => write.op === "closeWaits"),
];
