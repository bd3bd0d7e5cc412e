import type { CommitPlan, Guard } from "@pawl/kernel/ports";
import { fromDbNow } from "@pawl/kernel/ports";
import {
  cancelPlan,
  eventOf,
  owned,
  planOf,
  rowOf,
  runOf,
  stageKey,
  stageOf,
} from "@pawl/test-parts/plans";
import { describe, expect, test } from "vitest";
import { LockedRows, lockNeeds, lockStatements } from "../../src/mysql/locks.ts";
import { planWrites } from "../../src/mysql/plan-writes.ts";
import type { MysqlStore } from "../../src/mysql/store.ts";
import { BANNED, FOREIGN, SERVERS } from "./text-store.ts";

const key = stageKey("run");

const PLANS: Readonly<Record<string, Partial<CommitPlan>>> = {
  start: {
    guards: [{ kind: "absent", row: { table: "runs", key: { id: "run" } } }],
    writes: [runOf("run"), stageOf("run")],
    events: [eventOf("run")],
  },
  "stage end": {
    guards: [{ kind: "rev", runId: "run", rev: 3 }, owned("run")],
    writes: [
      { op: "update", table: "stages", key, set: { status: "completed", endedAt: fromDbNow() } },
      stageOf("run", { stageId: "next" }),
      { op: "update", table: "runs", key: { id: "run" }, set: { sinksPending: 1 } },
    ],
    events: [eventOf("run"), eventOf("run")],
    dispatch: [rowOf("dispatch", { runId: "run" })],
  },
  "branch end": {
    guards: [{ kind: "live", runId: "run", inbox: 0 }, owned("run")],
    writes: [{ op: "add", table: "stages", key, column: "joinPending", by: -1 }],
    events: [eventOf("run")],
  },
  cancel: cancelPlan("run", { rev: 3, except: [key] }),
  "without event": {
    guards: [{ kind: "session", id: "session", epoch: 1 }],
    writes: [{ op: "delete", table: "slots", key: { namespace: "n", slotKey: "k" } }],
    intents: [rowOf("intents", { id: "intent" })],
  },
};

/** What a plan locks, then what it writes when its rows are as it wants them. */
function textsOf({ schema, server }: MysqlStore, part: Partial<CommitPlan>): readonly string[] {
  const plan = planOf({ commitId: "commit", ...part });
  const needs = lockNeeds(schema, [plan]);
  const locks = lockStatements(schema, server, needs);
  const rows = new LockedRows();
  const { stages, runs } = schema.tables;
  rows.add(stages, "exclusive", [["run", "fetch", 0, 0, 1, "running", 0, 2, 0]]);
  rows.add(runs, "exclusive", [["run", 3, "running", 0, 1]]);
  const writes = planWrites(schema, plan, { rows, now: 1_000 });
  const all = [...locks, ...needs.ranges].map(({ statement }) => statement);
  return [...all, ...writes.sweeping, ...writes.rows].map(({ text }) => text);
}

describe.each(Object.entries(SERVERS))("the texts for %s", (name, store) => {
  test.each(Object.entries(PLANS))("of a %s are these", (_, plan) => {
    expect(textsOf(store, plan)).toMatchSnapshot();
  });

  test("speak only what this server understands", () => {
    for (const text of Object.values(PLANS).flatMap((plan) => textsOf(store, plan))) {
      expect(text).not.toMatch(FOREIGN[name] as RegExp);
      expect(text).not.toMatch(BANNED);
    }
  });

  test("are the same strings for every plan of one shape, whatever its values", () => {
    const at = (rev: number, data: object) => ({
      commitId: `commit ${rev}`,
      guards: [{ kind: "rev", runId: "run", rev } as Guard],
      events: [eventOf("run", { data: data as never })],
    });
    expect(textsOf(store, at(9, { some: "data" }))).toEqual(textsOf(store, at(3, {})));
  });
});
