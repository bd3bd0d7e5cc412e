import { planOf, runOf, stageOf, workerOf } from "@pawl/test-parts/plans";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SQLITE_MIGRATIONS } from "../src/migrations/sqlite.generated.ts";
import { runProcess } from "./run-process.ts";
import { type TemporaryStore, temporaryStore } from "./temporary-store.ts";

const PROCESSES_MS = 120_000;

let store: TemporaryStore;
beforeEach(() => {
  store = temporaryStore();
});
afterEach(() => store.remove());

const runAll = (name: Parameters<typeof runProcess>[0], argsOf: readonly (readonly string[])[]) =>
  Promise.all(argsOf.map((args) => runProcess(name, [store.path, ...args])));

test(
  "four processes that open one new file at once all work on one schema [28, 111]",
  async () => {
    const reports = await runAll("open-file", [["a"], ["b"], ["c"], ["d"]]);
    expect(reports).toEqual([1, 2, 3, 4].map(() => ({ value: true })));
    const database = new Database(store.path);
    const applied = database.prepare("SELECT number FROM migrations").pluck().all();
    expect(applied).toEqual(SQLITE_MIGRATIONS.map(({ number }) => number));
    const runs = database.prepare("SELECT id FROM runs ORDER BY id").pluck().all();
    expect(runs).toEqual(["a", "b", "c", "d"]);
    database.close();
  },
  PROCESSES_MS,
);

test(
  "three processes claim 1,000 stages, each once [27, 28]",
  async () => {
    const persistence = await store.open();
    const sessions = ["one", "two", "three"];
    const workers = sessions.map((id) => workerOf({ id }));
    const stages = Array.from({ length: 1_000 }, (_, mapIndex) => stageOf("run", { mapIndex }));
    await persistence.commit(planOf({ writes: [...workers, runOf("run"), ...stages] }));
    const reports = await runAll(
      "claim-all",
      sessions.map((id) => [id]),
    );
    expect(reports.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    const claimed = reports.flatMap(({ value }) => value as string[]);
    expect(claimed).toHaveLength(1_000);
    expect(new Set(claimed)).toEqual(new Set(stages.map((_, mapIndex) => `${mapIndex}/1`)));
    expect(await persistence.query.count("steps", {}, 2_000)).toBe(1_000);
  },
  PROCESSES_MS,
);

test(
  "four processes that move one run lose no event and see no lock [9, 12, 28]",
  async () => {
    const persistence = await store.open();
    await persistence.commit(planOf({ writes: [runOf("run")] }));
    const reports = await runAll("raise-rev", [["50"], ["50"], ["50"], ["50"]]);
    expect(reports.map(({ error }) => error)).toEqual([1, 2, 3, 4].map(() => undefined));
    const find = {
      table: "events",
      where: { runId: "run" },
      orderBy: ["rev"],
      limit: 1_000,
    } as const;
    const revs = (await persistence.query.find(find)).map(({ rev }) => rev);
    expect(revs).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect((await persistence.load("run", {}))?.run.rev).toBe(200);
  },
  PROCESSES_MS,
);
