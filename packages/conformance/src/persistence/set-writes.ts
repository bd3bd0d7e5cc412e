import type { Row, StageRow, StagesWrite } from "@pawl/kernel/ports";
import { fromDbNow, TABLES } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";
import { highestRow, lowestRow } from "./extremes.ts";
import { closeWaits, insert, keyOf, rev, stageKey, update, updateStages } from "./plans.ts";
import { rowOf } from "./rows.ts";
import { HOSTILE_TEXT } from "./texts.ts";

/** COMMIT-9: writes of many rows at once. */
export const setWriteCases: Cases = (suite) => {
  conditions(suite);
  changes(suite);
  leftOut(suite);
  waits(suite);
};

const STATUSES = [
  ...(["blocked", "ready", "running", "suspended"] as const),
  ...(["completed", "failed", "skipped", "cancelled"] as const),
];
const HOLDS = [
  { held: false, holdReason: null },
  { held: true, holdReason: "paused" },
  { held: true, holdReason: "quarantined" },
] as const;

/** A stage in every status and hold, current and superseded, in this run and in others. */
const everyStage = (): readonly StageRow[] =>
  ["run", "Run", "run2"].flatMap((runId) =>
    STATUSES.flatMap((status, mapIndex) =>
      HOLDS.flatMap((hold, generation) =>
        [false, true].map((superseded) =>
          rowOf("stages", {
            ...hold,
            ...{ runId, mapIndex, generation, status, superseded, fence: mapIndex },
            stageId: superseded ? "old" : "stage",
          }),
        ),
      ),
    ),
  );

async function putStages(bench: Bench, stages: readonly StageRow[]): Promise<void> {
  await bench.put(insert("runs"), ...stages.map((row) => insert("stages", row)));
}

const textOf = (row: object): string => JSON.stringify(keyOf("stages", row as StageRow));
const byKey = <R extends object>(rows: readonly R[]): readonly R[] =>
  rows.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));

const WHERES: readonly StagesWrite["where"][] = [
  {},
  { status: ["ready"] },
  { status: ["blocked", "ready", "running", "suspended"] },
  { status: [] },
  { held: false },
  { held: true },
  { holdReason: "paused" },
  { held: true, holdReason: "quarantined" },
  { held: false, holdReason: "paused" },
  { status: ["running", "failed"], held: true, holdReason: "paused" },
];

const matches = (row: StageRow, { status, held, holdReason }: StagesWrite["where"]): boolean =>
  row.runId === "run" &&
  !row.superseded &&
  (status === undefined || status.includes(row.status)) &&
  (held === undefined || held === row.held) &&
  (holdReason === undefined || holdReason === row.holdReason);

const conditions: Cases = ({ prove }) => {
  for (const where of WHERES) {
    prove(`COMMIT-9 updateStages where ${JSON.stringify(where)}: just those`, async (bench) => {
      const stages = everyStage();
      await putStages(bench, stages);
      const set = { status: "cancelled", held: false, holdReason: null, wakeAt: 5 } as const;
      const write = updateStages({ where, set, raiseFence: true });
      const result = await bench.commit({ guards: [rev(0)], writes: [write] });
      bench.expect(result).toMatchObject({ ok: true, counters: [] });
      const expected = stages.map((row) =>
        matches(row, where) ? { ...row, ...set, fence: row.fence + 1 } : row,
      );
      bench.expect(byKey(await bench.rows("stages"))).toEqual(byKey(expected));
    });
  }
  prove("COMMIT-9 updateStages of a run without stages changes nothing", async (bench) => {
    await putStages(bench, [rowOf("stages", { runId: "b" })]);
    const write = updateStages({ set: { status: "failed" } });
    const result = await bench.commit({ guards: [rev(0)], writes: [write] });
    bench.expect(result).toMatchObject({ ok: true });
    bench.expect(await bench.rows("stages")).toEqual([rowOf("stages", { runId: "b" })]);
  });
};

const SETTABLE = Object.keys(TABLES.stages.columns).filter(
  (column) => ![...TABLES.stages.key, "fence", "superseded"].includes(column),
);

const settableOf = (row: Row<"stages">): object =>
  Object.fromEntries(SETTABLE.map((column) => [column, row[column as keyof Row<"stages">]]));

const changes: Cases = ({ prove }) => {
  const two = [rowOf("stages", { fence: 4 }), rowOf("stages", { mapIndex: 1, fence: 9 })];
  prove("COMMIT-9 updateStages sets every column, in each row alike", async (bench) => {
    await putStages(bench, two);
    for (const row of [highestRow("stages"), lowestRow("stages")]) {
      const set = settableOf(row);
      const result = await bench.commit({ guards: [rev(0)], writes: [updateStages({ set })] });
      bench.expect(result).toMatchObject({ ok: true });
      const expected = two.map((stage) => ({ ...stage, ...set }));
      bench.expect(byKey(await bench.rows("stages"))).toEqual(byKey(expected));
    }
  });
  prove("COMMIT-9 updateStages raises each fence by one, or leaves it", async (bench) => {
    await putStages(bench, two);
    const fences = async (): Promise<readonly number[]> =>
      byKey(await bench.rows("stages")).map((stage) => stage.fence);
    await bench.commit({ guards: [rev(0)], writes: [updateStages({ set: { losses: 1 } })] });
    bench.expect(await fences()).toEqual([4, 9]);
    await bench.commit({ guards: [rev(0)], writes: [updateStages({ raiseFence: true })] });
    bench.expect(await fences()).toEqual([5, 10]);
    const nothing = await bench.commit({ guards: [rev(0)], writes: [updateStages()] });
    bench.expect(nothing).toMatchObject({ ok: true });
    bench.expect(await fences()).toEqual([5, 10]);
  });
  prove("COMMIT-6 updateStages and closeWaits write database time", async (bench) => {
    await putStages(bench, two);
    await bench.put(insert("waits"));
    bench.clock.advance(77);
    const now = bench.clock.now();
    const set = { endedAt: fromDbNow(), wakeAt: fromDbNow(-5), startedAt: 3 };
    await bench.commit({ guards: [rev(0)], writes: [updateStages({ set }), closeWaits()] });
    for (const stage of await bench.rows("stages")) {
      bench.expect(stage).toMatchObject({ endedAt: now, wakeAt: now - 5, startedAt: 3 });
    }
    bench.expect((await bench.rows("waits"))[0]).toMatchObject({ resolvedAt: now });
  });
  prove("COMMIT-2 a set-wise write behind a false guard writes nothing", async (bench) => {
    await putStages(bench, two);
    await bench.put(insert("waits"));
    const before = await bench.everything();
    const writes = [updateStages({ set: { status: "failed" }, raiseFence: true }), closeWaits()];
    const result = await bench.commit({ guards: [rev(1)], writes });
    bench.expect(result).toMatchObject({ ok: false, why: "rev", snapshot: { run: { id: "run" } } });
    bench.expect(await bench.everything()).toEqual(before);
  });
  prove("COMMIT-1 a conflict undoes a set-wise write before it", async (bench) => {
    await putStages(bench, two);
    await bench.put(insert("waits"), insert("audit"));
    const before = await bench.everything();
    const many = [updateStages({ raiseFence: true }), closeWaits()];
    const result = await bench.commit({ guards: [rev(0)], writes: [...many, insert("audit")] });
    bench.expect(result).toMatchObject({ ok: false, why: "exists" });
    bench.expect(await bench.everything()).toEqual(before);
  });
};

const KEYS = [
  stageKey(),
  stageKey({ mapIndex: 1 }),
  stageKey({ generation: 1 }),
  stageKey({ stageId: HOSTILE_TEXT }),
  stageKey({ stageId: "other" }),
];

const leftOut: Cases = ({ prove }) => {
  for (const [i, key] of KEYS.entries()) {
    prove(`COMMIT-9 updateStages except key ${i}: that row and no other stays`, async (bench) => {
      await putStages(
        bench,
        KEYS.map((one) => rowOf("stages", one)),
      );
      const write = updateStages({ except: [key], set: { losses: 3 } });
      await bench.commit({ guards: [rev(0)], writes: [write] });
      const rows = await bench.rows("stages");
      const stayed = rows.filter(({ losses }) => losses === 0);
      bench.expect(stayed).toEqual([rowOf("stages", key)]);
      bench.expect(rows.length).toBe(KEYS.length);
    });
    prove(`COMMIT-9 closeWaits except key ${i}: waits of that stage stay open`, async (bench) => {
      await bench.put(insert("runs"), ...KEYS.map((one) => insert("waits", one)));
      const write = closeWaits({ except: [key] });
      await bench.commit({ guards: [rev(0)], writes: [write] });
      const open = (await bench.rows("waits")).filter(({ outcome }) => outcome === null);
      bench.expect(open).toEqual([rowOf("waits", key)]);
    });
  }
  for (const order of ["before", "after"] as const) {
    prove(`COMMIT-9 rows written by key ${order} set-wise writes keep that`, async (bench) => {
      await putStages(bench, [rowOf("stages"), rowOf("stages", { mapIndex: 1 })]);
      await bench.put(insert("waits"), insert("waits", { mapIndex: 1 }));
      const except = [stageKey(), stageKey({ stageId: "new" })];
      const waitKey = { ...stageKey(), key: "wait", occurrence: 0 };
      const byKeys = [
        update("stages", stageKey(), { status: "completed" }),
        insert("stages", { stageId: "new" }),
        update("waits", waitKey, { outcome: "received" }),
      ];
      const many = [updateStages({ except, set: { status: "cancelled" } }), closeWaits({ except })];
      const writes = order === "before" ? [...byKeys, ...many] : [...many, ...byKeys];
      bench.expect(await bench.commit({ guards: [rev(0)], writes })).toMatchObject({ ok: true });
      const stages = (await bench.rows("stages")).map(({ stageId, mapIndex, status }) =>
        [stageId, mapIndex, status].join(" "),
      );
      bench
        .expect(stages.toSorted())
        .toEqual(["new 0 ready", "stage 0 completed", "stage 1 cancelled"]);
      const outcomes = byKey(await bench.rows("waits")).map(({ outcome }) => outcome);
      bench.expect(outcomes).toEqual(["received", "closed"]);
    });
  }
};

const waits: Cases = ({ prove }) => {
  prove("COMMIT-9 closeWaits closes what is open in the run and nothing else", async (bench) => {
    const resolved = { resolvedAt: 7, seq: 1 } as const;
    const open = [
      rowOf("waits"),
      rowOf("waits", { key: "b", kind: "signal", dueAt: 9 }),
      rowOf("waits", { generation: 2, kind: "child" }),
      rowOf("waits", { stageId: "other", kind: "approval" }),
    ];
    const others = [
      ...(["fired", "received", "timedOut", "failed", "closed"] as const).map((outcome, mapIndex) =>
        rowOf("waits", { mapIndex, key: "settled", outcome, ...resolved }),
      ),
      rowOf("waits", { runId: "Run" }),
      rowOf("waits", { runId: "run2" }),
    ];
    await bench.put(insert("runs"), ...[...open, ...others].map((row) => insert("waits", row)));
    const result = await bench.commit({ guards: [rev(0)], writes: [closeWaits()] });
    bench.expect(result).toMatchObject({ ok: true, counters: [] });
    const resolvedAt = bench.clock.now();
    for (const row of open) {
      const closed = { ...row, outcome: "closed", resolvedAt };
      bench.expect(await bench.row("waits", keyOf("waits", row))).toEqual(closed);
    }
    for (const row of others) {
      bench.expect(await bench.row("waits", keyOf("waits", row))).toEqual(row);
    }
  });
};
