import type { Guard, Refusal, RowRef, RunFacts, TableName, VersionedRef } from "@pawl/kernel/ports";
import { TABLE_NAMES, TABLES } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";
import { eventOf, insert, keyOf, live, owned, planOf, rev, stageKey } from "./plans.ts";
import { rowOf } from "./rows.ts";

const VERSIONED = TABLE_NAMES.filter((table) => "version" in TABLES[table].columns);
type RunStatus = RunFacts["status"];

const LIVE = ["pending", "running", "paused", "closing"] as const;
const ENDED = ["completed", "failed", "cancelled"] as const;

/** What every plan of these cases would write. */
const trace = () => ({
  writes: [insert("audit", { id: "trace" })],
  intents: [rowOf("intents", { id: "trace" })],
  dispatch: [rowOf("dispatch", { runId: "trace" })],
});

async function passes(bench: Bench, ...guards: Guard[]): Promise<void> {
  const result = await bench.commit({ guards, writes: trace().writes });
  bench.expect(result, JSON.stringify(guards)).toMatchObject({ ok: true });
  bench.expect(await bench.row("audit", { id: "trace" })).toEqual(rowOf("audit", { id: "trace" }));
  await bench.commit({ writes: [{ op: "delete", table: "audit", key: { id: "trace" } }] });
}

async function refuses(bench: Bench, why: Refusal, ...guards: Guard[]): Promise<void> {
  const before = await bench.everything();
  const result = await bench.persistence.commit(planOf({ guards, ...trace() }));
  bench.expect(result, JSON.stringify(guards)).toMatchObject({ ok: false, why });
  bench.expect(await bench.everything(), "nothing is written").toEqual(before);
}

const refTo = <T extends TableName>(table: T): RowRef =>
  ({ table, key: keyOf(table, rowOf(table)) }) as unknown as RowRef;

const versionOf = (table: TableName, version: number): Guard => ({
  kind: "version",
  row: refTo(table) as VersionedRef,
  version,
});

const sessionOf = (id: string, epoch: number): Guard => ({ kind: "session", id, epoch });

/** COMMIT-2 and COMMIT-9: every kind of guard, holding and refused. */
export const guardCases: Cases = (suite) => {
  runGuards(suite);
  stageGuards(suite);
  rowGuards(suite);
  sessionGuards(suite);
  blobGuards(suite);
  orderOfGuards(suite);
};

const runGuards: Cases = (suite) => {
  const { prove } = suite;
  for (const status of [...LIVE, ...ENDED]) {
    prove(`COMMIT-9 guard rev: an equal rev holds for a run ${status}`, async (bench) => {
      await bench.put(insert("runs", { status, rev: 7 }));
      await passes(bench, rev(7));
    });
    prove(
      `COMMIT-9 guard rev: another rev of a run ${status} is refused [9, 12]`,
      async (bench) => {
        await bench.put(insert("runs", { status, rev: 7 }), insert("runs", { id: "b", rev: 8 }));
        await refuses(bench, "rev", rev(6));
        await refuses(bench, "rev", rev(8));
      },
    );
  }
  prove("COMMIT-9 guard rev: an absent run is refused as missing", async (bench) => {
    await bench.put(insert("runs", { id: "Run" }));
    await refuses(bench, "missing", rev(0));
  });
  for (const status of LIVE) {
    prove(`COMMIT-9 guard live: a run ${status} holds, whatever its rev`, async (bench) => {
      await bench.put(insert("runs", { status, rev: 7, inbox: 3 }));
      await passes(bench, live());
      await passes(bench, live(3));
    });
  }
  for (const status of ENDED) {
    prove(`COMMIT-9 guard live: a run ${status} is refused as terminal [10]`, async (bench) => {
      await bench.put(insert("runs", { status, inbox: 3 }));
      await refuses(bench, "terminal", live());
      await refuses(bench, "terminal", live(3));
      await refuses(bench, "terminal", live(2));
    });
  }
  prove("COMMIT-9 guard live: an inbox that moved is refused", async (bench) => {
    await bench.put(insert("runs", { inbox: 3 }));
    await refuses(bench, "rev", live(2));
    await refuses(bench, "rev", live(0));
    await refuses(bench, "rev", live(4));
  });
  prove("COMMIT-9 guard live: an absent run is refused as missing", async (bench) => {
    await refuses(bench, "missing", live());
    await refuses(bench, "missing", live(0));
    await refuses(bench, "missing", liveIn(["running"]));
  });
  liveInStatus(suite);
};

const liveIn = (status: readonly RunStatus[], part: { inbox?: number } = {}): Guard => ({
  kind: "live",
  runId: "run",
  status,
  ...part,
});

const liveInStatus: Cases = ({ prove }) => {
  for (const status of LIVE) {
    const others = LIVE.filter((other) => other !== status);
    prove(`COMMIT-9 guard live in a status: a run ${status}`, async (bench) => {
      await bench.put(insert("runs", { status, rev: 7, inbox: 3 }));
      await passes(bench, liveIn([status]));
      await passes(bench, liveIn([...others, status], { inbox: 3 }));
      await refuses(bench, "rev", liveIn(others));
      await refuses(bench, "rev", liveIn([]));
      await refuses(bench, "rev", liveIn([status], { inbox: 2 }));
    });
  }
  for (const status of ENDED) {
    prove(`COMMIT-9 guard live in a status: a run ${status} is terminal`, async (bench) => {
      await bench.put(insert("runs", { status, inbox: 3 }));
      await refuses(bench, "terminal", liveIn(["running"]));
      await refuses(bench, "terminal", liveIn([status], { inbox: 3 }));
    });
  }
  prove(
    "COMMIT-9 guard live: the rev since which it was decided is no condition",
    async (bench) => {
      await bench.put(insert("runs", { rev: 7 }));
      for (const since of [0, 6, 7, 8]) await passes(bench, { ...live(), since } as Guard);
    },
  );
};

const stageGuards: Cases = ({ prove }) => {
  const statuses = ["blocked", "ready", "running", "suspended", "completed", "failed"] as const;
  for (const status of [...statuses, "skipped", "cancelled"] as const) {
    prove(`COMMIT-9 guard stage: its fence and status ${status} hold`, async (bench) => {
      await bench.put(insert("runs"), insert("stages", { status, fence: 4 }));
      await passes(bench, owned(4, { status }));
    });
  }
  prove("COMMIT-9 guard stage: another fence or status is refused [10]", async (bench) => {
    await bench.put(insert("runs"), insert("stages", { status: "running", fence: 4 }));
    await refuses(bench, "fence", owned(3));
    await refuses(bench, "fence", owned(5));
    await refuses(bench, "fence", owned(4, { status: "ready" }));
  });
  prove("COMMIT-9 guard stage: an absent row is refused as missing", async (bench) => {
    await bench.put(insert("runs"), insert("stages", { status: "running", fence: 4 }));
    for (const other of [{ mapIndex: 1 }, { generation: 1 }, { stageId: "b" }, { runId: "b" }]) {
      await refuses(bench, "missing", owned(4, { key: stageKey(other) }));
    }
  });
  prove("COMMIT-9 guard stage: a held stage passes and the answer says held", async (bench) => {
    const held = { status: "running", fence: 1, held: true, holdReason: "paused" } as const;
    await bench.put(insert("runs", { inbox: 5 }), insert("stages", held));
    const result = await bench.commit({ guards: [owned(1)], writes: [insert("steps")] });
    bench.expect(result).toMatchObject({ ok: true, held: true, inbox: 5 });
  });
  prove("COMMIT-9 guard stage: a stage not held is not said to be", async (bench) => {
    await bench.put(insert("runs", { inbox: 6 }), insert("stages", { status: "running" }));
    const result = await bench.commit({ guards: [owned(0)], writes: [insert("audit")] });
    bench.expect(result).toMatchObject({ ok: true, inbox: 6 });
    bench.expect("held" in result && result.held).toBe(false);
  });
};

const rowGuards: Cases = ({ prove }) => {
  for (const table of TABLE_NAMES) {
    prove(`COMMIT-9 guard absent: ${table}`, async (bench) => {
      const absent: Guard = { kind: "absent", row: refTo(table) };
      await passes(bench, absent);
      await bench.put(insert(table));
      await refuses(bench, "exists", absent);
    });
  }
  for (const table of VERSIONED) {
    prove(`COMMIT-9 guard version: ${table}`, async (bench) => {
      await refuses(bench, "missing", versionOf(table, 3));
      await bench.put(insert(table, { version: 3 }));
      await passes(bench, versionOf(table, 3));
      await refuses(bench, "rev", versionOf(table, 2));
      await refuses(bench, "rev", versionOf(table, 4));
    });
  }
};

const sessionGuards: Cases = ({ prove }) => {
  prove("COMMIT-9 guard session: active sessions hold", async (bench) => {
    await bench.put(insert("workers", { id: "a", epoch: 2 }), insert("workers", { id: "b" }));
    await passes(bench, sessionOf("a", 2), sessionOf("b", 1));
  });
  prove("COMMIT-9 guard session: one that drains takes no stage", async (bench) => {
    await bench.put(insert("workers", { id: "a", epoch: 2, status: "draining" }));
    await refuses(bench, "fence", sessionOf("a", 2));
  });
  prove("COMMIT-9 guard session: unknown, gone or of another epoch is refused", async (bench) => {
    await bench.put(insert("workers", { id: "a", epoch: 2 }));
    await bench.put(insert("workers", { id: "b", epoch: 2, status: "gone" }));
    await refuses(bench, "fence", sessionOf("a", 1));
    await refuses(bench, "fence", sessionOf("a", 3));
    await refuses(bench, "fence", sessionOf("b", 2));
    await refuses(bench, "fence", sessionOf("c", 2));
  });
  prove("COMMIT-6 guard session: expires in database time, on the instant", async (bench) => {
    await bench.put(insert("workers", { id: "a", expiresAt: bench.clock.now() + 10 }));
    bench.clock.advance(9);
    await passes(bench, sessionOf("a", 1));
    bench.clock.advance(1);
    await refuses(bench, "fence", sessionOf("a", 1));
  });
};

const blobGuards: Cases = ({ prove }) => {
  for (const state of ["condemned", "deleting"] as const) {
    prove(`COMMIT-9 guard notCondemned: a blob ${state} is refused`, async (bench) => {
      await bench.put(insert("blobTombstones", { hash: "aa", state }));
      await refuses(bench, "condemned", { kind: "notCondemned", hash: "aa" });
      await passes(bench, { kind: "notCondemned", hash: "ab" });
    });
  }
  prove(
    "COMMIT-9 a row that one guard finds at its version is there for the next",
    async (bench) => {
      await bench.put(insert("blobTombstones", { hash: "aa", version: 1, state: "condemned" }));
      const row = { table: "blobTombstones", key: { hash: "aa" } } as const;
      const found = { kind: "version", row, version: 1 } as const;
      await passes(bench, found);
      await refuses(bench, "condemned", found, { kind: "notCondemned", hash: "aa" });
      await refuses(bench, "exists", found, { kind: "absent", row });
    },
  );
};

const orderOfGuards: Cases = ({ prove }) => {
  prove("COMMIT-2 the first false guard says why", async (bench) => {
    await bench.put(insert("runs", { status: "failed", rev: 2 }), insert("stages", { fence: 1 }));
    const guards = [rev(2), owned(9, { status: "ready" }), live(), rev(1)];
    await refuses(bench, "fence", ...guards);
    await refuses(bench, "rev", ...guards.toReversed());
    await refuses(bench, "terminal", ...guards.toSpliced(1, 1));
  });
  prove("COMMIT-2 a guard that holds does not save one that does not", async (bench) => {
    await bench.put(insert("runs", { rev: 2 }), insert("stages", { status: "running", fence: 1 }));
    await refuses(bench, "fence", rev(2), owned(2));
    await refuses(bench, "rev", owned(1), rev(1));
  });
  prove(
    "COMMIT-2 a run whose guard holds gets no event of a plan that is refused",
    async (bench) => {
      await bench.put(
        insert("runs", { rev: 2 }),
        insert("stages", { status: "running", fence: 1 }),
      );
      const before = await bench.everything();
      const result = await bench.commit({ guards: [rev(2), owned(2)], events: [eventOf()] });
      bench.expect(result).toMatchObject({ ok: false, why: "fence" });
      bench.expect(await bench.everything(), "nothing is written").toEqual(before);
    },
  );
};
