import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TABLES, type Write } from "@pawl/kernel/ports";
import {
  DEFINITION,
  planOf,
  running,
  runOf,
  session,
  stageOf,
  stepPlan,
  workerOf,
} from "@pawl/test-parts/plans";
import Database from "better-sqlite3";
import { createSqlitePersistence } from "./src/index.ts";
import { SQLITE_MIGRATIONS } from "./src/migrations/sqlite.generated.ts";

/** Measures the hot paths against the bare driver, in one run: compare ratios, not figures. */
const folder = mkdtempSync(join(tmpdir(), "pawl-measure-"));
const perSecond = (count: number, ms: number): number => Math.round((count * 1_000) / ms);

async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** The same rows into the same table and indexes, without guard, answer and events. */
function bareInserts(synchronous: string, count: number): () => void {
  const database = new Database(join(folder, `bare-${synchronous}-${Math.random()}.db`));
  database.pragma("journal_mode = WAL");
  database.pragma(`synchronous = ${synchronous}`);
  for (const { sql } of SQLITE_MIGRATIONS) database.exec(sql);
  const marks = Object.keys(TABLES.steps.columns).map(() => "?");
  const statement = database.prepare(`INSERT INTO steps VALUES (${marks.join()}, 1)`);
  const values = Array.from({ length: count }, (_, i) => {
    const [write] = stepPlan("run", i).writes;
    return Object.values((write as Extract<Write, { op: "insert" }>).row);
  });
  return () => {
    for (const row of values) statement.run(row);
  };
}

async function steps(synchronous: "FULL" | "NORMAL", count: number): Promise<void> {
  const path = join(folder, `steps-${synchronous}.db`);
  const persistence = await createSqlitePersistence({ path, synchronous });
  await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
  const ratios: number[] = [];
  let rate = 0;
  for (let round = 0; round < 5; round += 1) {
    const plans = Array.from({ length: count }, (_, i) => stepPlan("run", round * count + i + 1));
    const bare = bareInserts(synchronous, count);
    const bareMs = await timed(bare);
    const ms = await timed(async () => {
      for (const plan of plans) await persistence.commit(plan);
    });
    ratios.push(bareMs / ms);
    rate = Math.max(rate, perSecond(count, ms));
    if (round === 4) console.log(`  bare inserts ${perSecond(count, bareMs)}/s`);
  }
  ratios.sort((a, b) => a - b);
  console.log(`  step commits ${rate}/s, ${ratios[2]?.toFixed(2)} of bare (median of 5)`);
  const runIds = Array.from({ length: 64 }, (_, i) => `run ${i}`);
  for (const id of runIds) {
    await persistence.commit(planOf({ writes: [runOf(id), stageOf(id, running)] }));
  }
  const batches = Array.from({ length: 20 }, (_, i) => runIds.map((id) => stepPlan(id, i + 1)));
  const ms = await timed(async () => {
    for (const batch of batches) await persistence.commitMany(batch);
  });
  console.log(`  steps in batches of 64: ${perSecond(64 * 20, ms)}/s`);
  await persistence.close();
}

async function claims(foreign: number): Promise<number> {
  const path = join(folder, `claims-${foreign}.db`);
  const persistence = await createSqlitePersistence({ path, synchronous: "NORMAL" });
  await persistence.commit(planOf({ writes: [workerOf(), runOf("run")] }));
  for (let from = 0; from < foreign; from += 1_000) {
    const writes = Array.from({ length: 1_000 }, (_, i) =>
      stageOf("run", { mapIndex: from + i, definition: `other-${i % 5}@1#x`, claimRank: -1 }),
    );
    await persistence.commit(planOf({ writes }));
  }
  const count = 300;
  const own = Array.from({ length: count * 3 }, (_, i) => stageOf("run", { stageId: `own ${i}` }));
  await persistence.commit(planOf({ writes: own }));
  const bounds = { memoRecordsMax: 256, memoBytesMax: 262_144 };
  const request = { namespace: "default", session, definitions: [DEFINITION], ...bounds };
  await persistence.claim({ ...request, limit: 1 });
  const all = await timed(async () => {
    for (let i = 0; i < count; i += 1) await persistence.claim({ ...request, limit: 1 });
  });
  const queued = await timed(async () => {
    for (let i = 0; i < count; i += 1) {
      await persistence.claim({ ...request, limit: 1, queues: ["default"] });
    }
  });
  const idle = { ...request, definitions: ["nobody@1#y"], limit: 10 };
  const nothing = await timed(async () => {
    for (let i = 0; i < count; i += 1) await persistence.claim(idle);
  });
  const [a, b, c] = [all, queued, nothing].map((ms) => (ms / count).toFixed(3));
  console.log(`  ${foreign} foreign ahead: ${a} ms each, one queue ${b} ms, finding none ${c} ms`);
  await persistence.close();
  return all / count;
}

try {
  for (const synchronous of ["FULL", "NORMAL"] as const) {
    console.log(`synchronous ${synchronous}`);
    await steps(synchronous, synchronous === "FULL" ? 300 : 2_000);
  }
  console.log("claims of one");
  for (const foreign of [0, 100_000]) await claims(foreign);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
