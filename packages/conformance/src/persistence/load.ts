import type { Snapshot, StageKey } from "@pawl/kernel/ports";
import { stageKeyText } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";
import { eventOf, insert, owned, rev, stageKey, update } from "./plans.ts";
import { rowOf } from "./rows.ts";

const keysOf = (snapshot: Snapshot | undefined): readonly string[] =>
  (snapshot?.stages ?? []).map(stageKeyText).toSorted();

const texts = (...keys: readonly Partial<StageKey>[]): readonly string[] =>
  keys.map((key) => stageKeyText(stageKey(key))).toSorted();

const STATUSES = ["blocked", "ready", "running", "suspended"] as const;
const ENDS = ["completed", "failed", "skipped", "cancelled"] as const;

/** LOAD-1. */
export const loadCases: Cases = (suite) => {
  partsAsked(suite);
  waitsAndSignals(suite);
  consistency(suite);
};

const partsAsked: Cases = ({ prove }) => {
  prove("LOAD-1 an absent run has no snapshot", async (bench) => {
    await bench.put(insert("runs", { id: "other" }));
    bench.expect(await bench.persistence.load("run", { stages: "current" })).toBe(undefined);
  });
  prove("LOAD-1 the run comes without payloads; what is not asked for is empty", async (bench) => {
    await bench.put(insert("runs", { rev: 3, labels: { a: "b" }, output: "i1" }));
    await bench.put(insert("stages"), insert("waits"), insert("signals"));
    const {
      input: _i,
      config: _c,
      output: _o,
      ...run
    } = rowOf("runs", {
      rev: 3,
      labels: { a: "b" },
    });
    const dbNow = bench.clock.now();
    const snapshot = await bench.persistence.load("run", {});
    bench.expect(snapshot).toEqual({ run, stages: [], waits: [], signals: [], dbNow });
  });
  prove("LOAD-1 stages come without payloads", async (bench) => {
    const failure = { name: "E", message: "m" };
    await bench.put(insert("runs"));
    await bench.put(insert("stages", { input: "i1", output: "i2", progress: "i3", failure }));
    const { input: _i, output: _o, progress: _p, ...stage } = rowOf("stages", { failure });
    const snapshot = await bench.persistence.load("run", { stages: "current" });
    bench.expect(snapshot?.stages).toEqual([stage]);
  });
  prove("LOAD-1 current stages are those not superseded", async (bench) => {
    await bench.put(insert("runs"), insert("runs", { id: "b" }), insert("stages", { runId: "b" }));
    await bench.put(insert("stages", { superseded: true, status: "completed" }));
    await bench.put(insert("stages", { generation: 1, status: "failed" }));
    await bench.put(insert("stages", { mapIndex: 1 }));
    const snapshot = await bench.persistence.load("run", { stages: "current" });
    bench.expect(keysOf(snapshot)).toEqual(texts({ generation: 1 }, { mapIndex: 1 }));
  });
  prove("LOAD-1 open stages are those not ended", async (bench) => {
    await bench.put(insert("runs"));
    const rows = [...STATUSES, ...ENDS].map((status) =>
      insert("stages", { stageId: status, status }),
    );
    await bench.put(...rows);
    const snapshot = await bench.persistence.load("run", { stages: "open" });
    bench.expect(keysOf(snapshot)).toEqual(texts(...STATUSES.map((stageId) => ({ stageId }))));
  });
  prove("LOAD-1 stages by key are those rows, superseded or not", async (bench) => {
    const rows = [{}, { mapIndex: 1 }, { generation: 1 }, { stageId: "b" }];
    await bench.put(insert("runs"), insert("runs", { id: "b" }), insert("stages", { runId: "b" }));
    await bench.put(...rows.map((row) => insert("stages", { ...row, superseded: true })));
    const wanted = [{ generation: 1 }, { stageId: "b" }, { stageId: "absent" }];
    const stages = wanted.map((key) => stageKey(key));
    const snapshot = await bench.persistence.load("run", { stages });
    bench.expect(keysOf(snapshot)).toEqual(texts({ generation: 1 }, { stageId: "b" }));
    const none = await bench.persistence.load("run", { stages: [] });
    bench.expect(none?.stages).toEqual([]);
  });
};

const waitsAndSignals: Cases = ({ prove }) => {
  prove("LOAD-1 waits are the open ones of the run, of every stage", async (bench) => {
    await bench.put(insert("runs"));
    const open = [rowOf("waits"), rowOf("waits", { mapIndex: 1, value: "i1", dueAt: 5 })];
    await bench.put(...open.map((wait) => insert("waits", wait)));
    await bench.put(insert("waits", { key: "done", outcome: "fired", resolvedAt: 1 }));
    await bench.put(insert("waits", { runId: "b" }));
    const snapshot = await bench.persistence.load("run", { waits: true });
    const waits = (snapshot?.waits ?? []).toSorted((a, b) => a.mapIndex - b.mapIndex);
    bench.expect(waits).toEqual(open);
    bench.expect(snapshot?.signals).toEqual([]);
  });
  prove("LOAD-1 signals are the buffered ones in order of arrival", async (bench) => {
    await bench.put(insert("runs"));
    const signals = [10, 9, 2, 30].map((arrival) =>
      rowOf("signals", { signalId: `s${100 - arrival}`, arrival, payload: `i${arrival}` }),
    );
    await bench.put(...signals.map((signal) => insert("signals", signal)));
    await bench.put(insert("signals", { signalId: "taken", consumedBy: "stage/0/0/wait#0" }));
    await bench.put(insert("signals", { runId: "b" }));
    const snapshot = await bench.persistence.load("run", { signals: true });
    bench.expect(snapshot?.signals).toEqual(signals.toSorted((a, b) => a.arrival - b.arrival));
    bench.expect(snapshot?.waits).toEqual([]);
  });
  prove("LOAD-1 changing a snapshot changes nothing stored", async (bench) => {
    await bench.put(insert("runs", { labels: { a: "b" } }), insert("stages", { reads: ["x"] }));
    const spoil = async (): Promise<void> => {
      const snapshot = await bench.persistence.load("run", { stages: "current" });
      Object.assign(snapshot?.run ?? {}, { status: "failed" });
      Object.assign(snapshot?.run.labels ?? {}, { a: "changed" });
    };
    await spoil().catch(() => undefined);
    const run = await bench.row("runs", { id: "run" });
    bench.expect(run).toEqual(rowOf("runs", { labels: { a: "b" } }));
  });
};

/** Every commit moves the run's rev, a stage's fence and a wait together. */
async function moveTogether(bench: Bench, times: number): Promise<void> {
  const key = { ...stageKey(), key: "wait", occurrence: 0 };
  for (let i = 0; i < times; i += 1) {
    const result = await bench.commit({
      guards: [rev(i), owned(i)],
      writes: [
        update("stages", stageKey(), { fence: i + 1 }),
        update("waits", key, { name: `${i + 1}` }),
        insert("signals", { signalId: `${i}`, arrival: i + 1 }),
      ],
      events: [eventOf()],
    });
    bench.expect(result).toMatchObject({ ok: true });
  }
}

const consistency: Cases = ({ prove }) => {
  prove("LOAD-1 a snapshot taken among commits is of one instant", async (bench) => {
    await bench.put(insert("runs"), insert("stages", { status: "running" }));
    await bench.put(insert("waits", { name: "0" }));
    const views: string[] = [];
    const need = { stages: "current", waits: true, signals: true } as const;
    let moving = true;
    const look = async (): Promise<void> => {
      while (moving) {
        const view = await bench.persistence.load("run", need);
        const [stage] = view?.stages ?? [];
        const [wait] = view?.waits ?? [];
        views.push([view?.run.rev, stage?.fence, wait?.name, view?.signals.length].join());
      }
    };
    const looking = Promise.all([look(), look(), look()]);
    await moveTogether(bench, 60).finally(() => {
      moving = false;
    });
    await looking;
    const torn = views.filter((view) => new Set(view.split(",")).size !== 1);
    bench.expect(torn).toEqual([]);
    bench.expect(views.length > 0).toBe(true);
  });
};
