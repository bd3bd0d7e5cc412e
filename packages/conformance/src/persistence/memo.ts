import type { MemoBounds, MemoPage } from "@pawl/kernel/ports";
import { tries } from "./barrier.ts";
import type { Bench, Cases } from "./bench.ts";
import { insert, stageKey } from "./plans.ts";
import { rowOf } from "./rows.ts";

const WIDE: MemoBounds = { recordsMax: 1_000, bytesMax: 1_000_000 };

/** Odd seqs are steps of ten characters, even ones are waits of twenty. */
async function putSettled(bench: Bench, seqs: readonly number[]): Promise<void> {
  for (const seq of seqs) {
    const key = `${100 - seq}`;
    await bench.put(
      seq % 2 === 1
        ? insert("steps", { key, seq, output: "i123456789" })
        : insert("waits", { key, seq, outcome: "received", resolvedAt: 1, value: "i".repeat(20) }),
    );
  }
}

const seqsOf = (page: MemoPage): readonly number[] => page.entries.map(({ seq }) => seq);

const page = (bench: Bench, after: number, bounds: Partial<MemoBounds>): Promise<MemoPage> =>
  bench.persistence.memoPage(stageKey(), after, { ...WIDE, ...bounds });

/** MEMO-1. */
export const memoCases: Cases = ({ prove }) => {
  prove("MEMO-1 steps and waits follow seq, the last page says no next", async (bench) => {
    await putSettled(bench, [5, 2, 1, 9, 4]);
    const all = await page(bench, 0, {});
    bench.expect(seqsOf(all)).toEqual([1, 2, 4, 5, 9]);
    bench.expect(all.next).toBe(undefined);
    bench.expect(all.entries.map(({ type }) => type).join()).toBe("step,wait,wait,step,step");
  });
  prove("MEMO-1 a page has at most as many records", async (bench) => {
    await putSettled(bench, [1, 2, 3, 4, 5]);
    const first = await page(bench, 0, { recordsMax: 2 });
    bench.expect([seqsOf(first), first.next]).toEqual([[1, 2], 2]);
    const second = await page(bench, 2, { recordsMax: 2 });
    bench.expect([seqsOf(second), second.next]).toEqual([[3, 4], 4]);
    const third = await page(bench, 4, { recordsMax: 2 });
    bench.expect([seqsOf(third), third.next]).toEqual([[5], undefined]);
  });
  prove("MEMO-1 a page that ends exactly with the last entry has no next", async (bench) => {
    await putSettled(bench, [1, 2]);
    const exact = await page(bench, 0, { recordsMax: 2 });
    bench.expect([seqsOf(exact), exact.next]).toEqual([[1, 2], undefined]);
  });
  prove("MEMO-1 a page has at most as many bytes of outputs and values", async (bench) => {
    await putSettled(bench, [1, 2, 3, 4, 5]);
    bench.expect(seqsOf(await page(bench, 0, { bytesMax: 35 }))).toEqual([1, 2]);
    bench.expect(seqsOf(await page(bench, 0, { bytesMax: 45 }))).toEqual([1, 2, 3]);
    bench.expect(seqsOf(await page(bench, 2, { bytesMax: 35 }))).toEqual([3, 4]);
    bench.expect(seqsOf(await page(bench, 0, { bytesMax: 30 }))).toEqual([1, 2]);
    bench.expect(seqsOf(await page(bench, 0, { bytesMax: 29 }))).toEqual([1]);
  });
  prove("MEMO-1 at least one entry, however large", async (bench) => {
    await putSettled(bench, [2, 4]);
    const first = await page(bench, 0, { bytesMax: 5 });
    bench.expect([seqsOf(first), first.next]).toEqual([[2], 2]);
    const second = await page(bench, 2, { bytesMax: 5 });
    bench.expect([seqsOf(second), second.next]).toEqual([[4], undefined]);
  });
  prove("MEMO-1 pages put together are the memo, without gap or double", async (bench) => {
    const seqs = Array.from({ length: 40 }, (_, i) => i + 1);
    await putSettled(bench, seqs);
    const seen: number[] = [];
    let after: number | undefined = 0;
    for (const _ of tries()) {
      if (after === undefined) break;
      const next: MemoPage = await page(bench, after, { recordsMax: 7, bytesMax: 95 });
      seen.push(...seqsOf(next));
      after = next.next;
    }
    bench.expect(seen).toEqual(seqs);
  });
  prove("MEMO-1 entries carry whole rows; what has no seq is not there", async (bench) => {
    await bench.put(insert("waits", { key: "open" }));
    await bench.put(insert("waits", { key: "closed", outcome: "closed", resolvedAt: 1 }));
    await bench.put(insert("waits", { key: "unnumbered", outcome: "received", resolvedAt: 1 }));
    const step = rowOf("steps", { status: "marker", seq: 3, commitId: "marking" });
    await bench.commit({ commitId: "marking", writes: [insert("steps", step)] });
    const all = await page(bench, 0, {});
    bench.expect(all).toEqual({ entries: [{ type: "step", seq: 3, step }] });
  });
  prove("MEMO-1 only of this row and generation", async (bench) => {
    const others = [{ stageId: "b" }, { mapIndex: 1 }, { generation: 1 }, { runId: "b" }];
    for (const other of others) {
      await bench.put(insert("steps", other), insert("waits", { ...other, seq: 2 }));
    }
    bench.expect(await page(bench, 0, {})).toEqual({ entries: [] });
  });
};
