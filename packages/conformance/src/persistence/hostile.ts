import type { Cases } from "./bench.ts";
import { claimOf } from "./claim-requests.ts";
import { eventOf, insert, live, owned, planOf, stageKey } from "./plans.ts";
import { rowOf } from "./rows.ts";
import { HOSTILE_IDS, HOSTILE_PAYLOAD, letters } from "./texts.ts";

const SIZES = { "16 KB": 16 * 1024, "1 MB": 1024 * 1024 } as const;

/** COMMIT-9 for what users put into ids and payloads. */
export const hostileCases: Cases = ({ prove }) => {
  prove("COMMIT-9 hostile run ids name their own rows everywhere", async (bench) => {
    await bench.put(insert("workers"));
    for (const id of HOSTILE_IDS) {
      const rows = [insert("runs", { id }), insert("stages", { runId: id })];
      await bench.put(...rows, insert("signals", { runId: id }), insert("waits", { runId: id }));
    }
    for (const [i, id] of HOSTILE_IDS.entries()) {
      const events = Array.from({ length: i + 1 }, () => eventOf({ runId: id }));
      const result = await bench.commit({ guards: [live(0, id)], events });
      bench.expect("revs" in result && Object.entries(result.revs), id).toEqual([[id, i + 1]]);
      const need = { stages: "current", waits: true, signals: true } as const;
      const snapshot = await bench.persistence.load(id, need);
      bench.expect(snapshot?.run.id).toBe(id);
      const parts = [...(snapshot?.stages ?? []), ...(snapshot?.waits ?? [])];
      const owners = [...parts, ...(snapshot?.signals ?? [])].map(({ runId }) => runId);
      bench.expect(owners).toEqual([id, id, id]);
    }
    const claimed = await claimOf(bench, { limit: 100 });
    const runs = claimed.map(({ run, stage }) => [run.id, run.rev, stage.runId]);
    const expected = HOSTILE_IDS.map((id, i) => [id, i + 1, id]);
    bench.expect(runs.toSorted(byFirst)).toEqual(expected.toSorted(byFirst));
  });
  prove("COMMIT-9 hostile step keys name their own records", async (bench) => {
    await bench.put(insert("runs"), insert("stages", { status: "running", fence: 1 }));
    for (const [i, key] of HOSTILE_IDS.entries()) {
      const commitId = `hostile ${i}`;
      const step = insert("steps", { key, seq: i + 1, commitId, output: HOSTILE_PAYLOAD });
      const result = await bench.persistence.commit(
        planOf({ commitId, guards: [owned(1)], writes: [step] }),
      );
      bench.expect(result, key).toMatchObject({ ok: true });
    }
    const bounds = { recordsMax: 1_000, bytesMax: 1_000_000 };
    const page = await bench.persistence.memoPage(stageKey(), 0, bounds);
    const records = page.entries.map((entry) => entry.type === "step" && entry.step);
    bench
      .expect(records.map((step) => step && [step.key, step.output]))
      .toEqual(HOSTILE_IDS.map((key) => [key, HOSTILE_PAYLOAD]));
  });
  for (const [name, size] of Object.entries(SIZES)) {
    prove(`COMMIT-9 a payload of ${name} is read back whole`, async (bench) => {
      const output = `i"${letters(size)}"`;
      const input = HOSTILE_PAYLOAD + letters(size);
      await bench.put(insert("runs", { input, output, config: output }));
      const run = await bench.row("runs", { id: "run" });
      bench.expect(run?.input === input && run.output === output).toBe(true);
      bench.expect(run?.config === output).toBe(true);
    });
  }
  prove("COMMIT-9 a failure with a deep cause and long text is read back whole", async (bench) => {
    const message = `${letters(4_096)}`;
    const inner = { name: "Inner", message: "\u0000\ud800", code: "X", permanent: true };
    const failure = { name: "Outer", message, retryAfterMs: 5, cause: inner };
    await bench.put(insert("stages", { failure }));
    const stage = await bench.row("stages", stageKey());
    bench.expect(stage).toEqual(rowOf("stages", { failure }));
  });
};

const byFirst = ([a]: readonly unknown[], [b]: readonly unknown[]): number =>
  String(a) < String(b) ? -1 : 1;
