import type { WaitRow } from "@pawl/kernel/ports";
import { type Bench, type Cases, only } from "./bench.ts";
import { claimOf } from "./claim-requests.ts";
import { insert } from "./plans.ts";
import { rowOf } from "./rows.ts";

const KINDS = {
  timer: "fired",
  poll: "fired",
  retry: "fired",
  signal: "timedOut",
  child: "timedOut",
  approval: "timedOut",
} as const;

const put = (bench: Bench, ...waits: readonly Partial<WaitRow>[]): Promise<void> =>
  bench.put(
    insert("workers"),
    insert("runs"),
    insert("stages", { status: "suspended", wakeAt: 1_000 }),
    ...waits.map((wait) => insert("waits", wait)),
  );

const byKey = (a: WaitRow, b: WaitRow): number =>
  a.key < b.key || (a.key === b.key && a.occurrence < b.occurrence) ? -1 : 1;

const stored = async (bench: Bench): Promise<readonly WaitRow[]> =>
  (await bench.rows("waits")).toSorted(byKey);

/** Settled waits as `key#occurrence seq`, in order of seq. */
const numbered = (waits: readonly WaitRow[]): readonly string[] =>
  waits
    .filter(({ seq }) => seq !== null)
    .toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
    .map(({ key, occurrence, seq }) => `${key}#${occurrence} ${seq}`);

/** CLAIM-6 and -10: what a claim does to the waits of its stage. */
export const claimWaitCases: Cases = (suite) => {
  outcomes(suite);
  numbers(suite);
  brought(suite);
};

const outcomes: Cases = ({ prove }) => {
  for (const [kind, outcome] of Object.entries(KINDS)) {
    prove(`CLAIM-6 a due ${kind} is ${outcome} at the instant it was due`, async (bench) => {
      const wait = { kind: kind as WaitRow["kind"], dueAt: 2_000 };
      await put(bench, wait);
      await claimOf(bench);
      const settled = rowOf("waits", { ...wait, outcome, resolvedAt: 2_000, seq: 1 });
      bench.expect(await stored(bench)).toEqual([settled]);
    });
    prove(`CLAIM-6 a ${kind} not due, or without instant, stays open`, async (bench) => {
      const dueAt = bench.clock.now() + 1;
      const waits = [{ key: "a", dueAt }, { key: "b" }].map((wait) =>
        rowOf("waits", { ...wait, kind: kind as WaitRow["kind"] }),
      );
      await put(bench, ...waits);
      const claimed = only(await claimOf(bench));
      bench.expect(claimed.openWaits.toSorted(byKey)).toEqual(waits);
      bench.expect(claimed.memo.entries).toEqual([]);
      bench.expect(await stored(bench)).toEqual(waits);
    });
  }
  prove("CLAIM-6 due means database time, the instant included", async (bench) => {
    await put(bench, { dueAt: bench.clock.now() + 10 });
    bench.clock.advance(10);
    bench.expect(only(await claimOf(bench)).openWaits).toEqual([]);
  });
  prove("CLAIM-6 a hold is over when its stage can be claimed", async (bench) => {
    await put(bench, { kind: "hold" });
    bench.expect(only(await claimOf(bench)).lastSeq).toBe(1);
    bench.expect(await stored(bench)).toMatchObject([{ outcome: "fired", seq: 1 }]);
  });
  prove("CLAIM-6 an outcome that is there is not replaced", async (bench) => {
    const received = { dueAt: 2_000, outcome: "received", resolvedAt: 1_500, value: "i1" } as const;
    await put(bench, { ...received, kind: "signal" });
    await claimOf(bench);
    bench.expect(await stored(bench)).toMatchObject([{ ...received, seq: 1 }]);
  });
  prove("CLAIM-6 a ready stage has its due waits settled too", async (bench) => {
    await bench.put(insert("workers"), insert("runs"), insert("stages"));
    await bench.put(insert("waits", { dueAt: 2_000 }));
    bench.expect(only(await claimOf(bench)).lastSeq).toBe(1);
    bench.expect(await stored(bench)).toMatchObject([{ outcome: "fired", seq: 1 }]);
  });
  prove("CLAIM-6 waits of stages not claimed stay as they are", async (bench) => {
    const others = [{ stageId: "b" }, { mapIndex: 1 }, { generation: 1 }, { runId: "b" }];
    await put(bench);
    await bench.put(...others.map((other) => insert("waits", { ...other, dueAt: 2_000 })));
    const before = await bench.rows("waits");
    bench.expect(only(await claimOf(bench)).lastSeq).toBe(0);
    bench.expect(await bench.rows("waits")).toEqual(before);
  });
};

const numbers: Cases = ({ prove }) => {
  prove("CLAIM-6 seqs go by instant, then key, then occurrence", async (bench) => {
    await put(
      bench,
      { key: "b", occurrence: 10, dueAt: 3_000 },
      { key: "b", occurrence: 9, dueAt: 3_000 },
      { key: "a", dueAt: 3_000, kind: "approval" },
      { key: "z", dueAt: 2_000 },
      { key: "y", kind: "signal", outcome: "received", resolvedAt: 2_500 },
      { key: "x", kind: "child", outcome: "failed", resolvedAt: 9_000 },
    );
    const expected = ["z#0 1", "y#0 2", "a#0 3", "b#9 4", "b#10 5", "x#0 6"];
    const claimed = only(await claimOf(bench));
    bench.expect(numbered(await stored(bench))).toEqual(expected);
    bench.expect(claimed.lastSeq).toBe(6);
    const entries = claimed.memo.entries.map(
      (entry) => entry.type === "wait" && `${entry.wait.key}#${entry.wait.occurrence} ${entry.seq}`,
    );
    bench.expect(entries).toEqual(expected);
  });
  for (const highest of ["step", "wait"] as const) {
    prove(
      `CLAIM-6 seqs follow the highest of steps and waits, here a ${highest}`,
      async (bench) => {
        await put(bench, { key: "due", dueAt: 2_000 });
        const seqs = highest === "step" ? [7, 4] : [4, 7];
        const old = { key: "old", outcome: "fired", resolvedAt: 1, seq: seqs[1] ?? 0 } as const;
        await bench.put(insert("waits", old));
        await bench.put(insert("steps", { seq: seqs[0] ?? 0 }));
        await bench.put(insert("steps", { generation: 1, seq: 50 }));
        await bench.put(insert("steps", { mapIndex: 1, seq: 60 }));
        bench.expect(only(await claimOf(bench)).lastSeq).toBe(8);
        bench.expect(numbered(await stored(bench)).at(-1)).toBe("due#0 8");
      },
    );
  }
  prove("CLAIM-6 a closed wait gets no seq, a numbered one keeps its own", async (bench) => {
    await put(
      bench,
      { key: "closed", outcome: "closed", resolvedAt: 1_000 },
      { key: "kept", outcome: "fired", resolvedAt: 1_000, seq: 3 },
    );
    bench.expect(only(await claimOf(bench)).lastSeq).toBe(3);
    bench.expect(numbered(await stored(bench))).toEqual(["kept#0 3"]);
  });
  prove("CLAIM-6 a second claim gives nothing anew", async (bench) => {
    await put(bench, { key: "a", dueAt: 2_000 }, { key: "b", dueAt: bench.clock.now() + 5 });
    await claimOf(bench);
    const key = { runId: "run", stageId: "stage", mapIndex: 0, generation: 0 };
    const wakeAt = bench.clock.now() + 5;
    await bench.put({ op: "update", table: "stages", key, set: { status: "suspended", wakeAt } });
    bench.clock.advance(5);
    bench.expect(only(await claimOf(bench))).toMatchObject({ lastSeq: 2, stage: { fence: 2 } });
    bench.expect(numbered(await stored(bench))).toEqual(["a#0 1", "b#0 2"]);
  });
};

const brought: Cases = ({ prove }) => {
  prove("CLAIM-10 the waits that are still open, and only those", async (bench) => {
    const open = [
      { key: "a", kind: "signal", name: "go" },
      { key: "b", value: "i1" },
    ] as const;
    await put(bench, ...open, { key: "c", dueAt: 2_000 }, { key: "d", outcome: "closed" });
    await bench.put(insert("waits", { mapIndex: 1 }), insert("waits", { generation: 1 }));
    const { openWaits } = only(await claimOf(bench));
    bench.expect(openWaits.toSorted(byKey)).toEqual(open.map((wait) => rowOf("waits", wait)));
  });
  prove("CLAIM-10 memo: steps and waits in order of seq, whole", async (bench) => {
    await put(bench, { key: "w", dueAt: 2_000 });
    const fired = rowOf("waits", { key: "w", dueAt: 2_000, outcome: "fired", resolvedAt: 2_000 });
    const steps = (["completed", "failed", "marker"] as const).map((status, i) =>
      rowOf("steps", { key: status, status, seq: i + 1, output: `i${i}`, commitId: status }),
    );
    for (const row of steps) {
      const result = await bench.commit({ commitId: row.commitId, writes: [insert("steps", row)] });
      bench.expect(result).toMatchObject({ ok: true });
    }
    const { memo, lastSeq } = only(await claimOf(bench));
    bench.expect(memo).toEqual({
      entries: [
        ...steps.map((step) => ({ type: "step", seq: step.seq, step })),
        { type: "wait", seq: 4, wait: { ...fired, seq: 4 } },
      ],
    });
    bench.expect(lastSeq).toBe(4);
  });
  prove("CLAIM-10 memo: the first page keeps to the bounds of the claim", async (bench) => {
    await put(bench);
    for (const seq of [1, 2, 3, 4]) {
      await bench.put(insert("steps", { key: `${seq}`, seq, output: "i123456789" }));
    }
    const records = only(await claimOf(bench, { memoRecordsMax: 2 }));
    bench.expect(records.memo.entries.map(({ seq }) => seq)).toEqual([1, 2]);
    bench.expect(records.memo.next).toBe(2);
    bench.expect(records.lastSeq).toBe(4);
    const key = { runId: "run", stageId: "stage", mapIndex: 0, generation: 0 };
    await bench.put({ op: "update", table: "stages", key, set: { status: "ready" } });
    const bytes = only(await claimOf(bench, { memoBytesMax: 35 }));
    bench.expect(bytes.memo.entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    bench.expect(bytes.memo.next).toBe(3);
  });
};
