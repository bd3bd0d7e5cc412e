import type { Persistence } from "@pawl/kernel/ports";
import {
  claimOf,
  eventOf,
  insert,
  planOf,
  runOf,
  stageKey,
  stageOf,
  stepPlan,
  workerOf,
} from "@pawl/test-parts/plans";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CORPUS } from "./corpus.ts";

/** A store whose persistence is given hostile values. */
export interface InjectedStore {
  readonly clock: { now(): number };
  open(): Promise<Persistence>;
  remove(): Promise<void>;
}

/** Declares what must hold whatever the values are. */
export function injectionCases(create: () => InjectedStore): void {
  let store: InjectedStore;
  let persistence: Persistence;

  beforeEach(async () => {
    store = create();
    persistence = await store.open();
  });
  afterEach(() => store.remove());

  test("every id of the corpus names its own rows through a whole life", async () => {
    await persistence.commit(
      planOf({ writes: [workerOf({ expiresAt: store.clock.now() + 1e9 })] }),
    );
    for (const id of CORPUS) {
      const part = { stageId: id, queue: id, definition: id, reads: [id] };
      const writes = [runOf(id), stageOf(id, part), insert("signals", { runId: id, signalId: id })];
      const result = await persistence.commit(planOf({ writes, events: [eventOf(id)] }));
      expect(result.ok, id).toBe(true);
    }
    for (const id of CORPUS) {
      const stage = stageKey(id, { stageId: id });
      const claimed = await persistence.claim(claimOf({ definitions: [id], queues: [id] }));
      expect(claimed.map((one) => [one.stage.runId, one.run.id, one.upstream[0]?.stageId])).toEqual(
        [[id, id, id]],
      );
      const plan = planOf({ guards: [{ kind: "stage", key: stage, fence: 1, status: "running" }] });
      const step = insert("steps", { ...stage, key: id, seq: 1, commitId: plan.commitId });
      expect(await persistence.commit({ ...plan, writes: [step] }), id).toMatchObject({ ok: true });
      const page = await persistence.memoPage(stage, 0, { recordsMax: 9, bytesMax: 9 });
      expect(page.entries.map((entry) => entry.type === "step" && entry.step.key)).toEqual([id]);
      const again = {
        op: "update",
        table: "stages",
        key: stage,
        set: { status: "ready" },
      } as const;
      await persistence.commit(planOf({ writes: [again] }));
      expect(await persistence.claim(claimOf({ definitions: [id], stages: [stage] }))).toHaveLength(
        1,
      );
      expect((await persistence.load(id, { stages: [stage] }))?.stages).toHaveLength(1);
      await persistence.commit(
        planOf({ writes: [{ op: "delete", table: "signals", key: { runId: id } }] }),
      );
    }
    expect(await persistence.query.count("runs", {}, 1_000)).toBe(CORPUS.length);
    expect(await persistence.query.count("signals", {}, 1_000)).toBe(0);
    expect(await persistence.query.count("steps", {}, 1_000)).toBe(CORPUS.length);
  });

  test("every value of the corpus is only compared in a find", async () => {
    for (const id of CORPUS) {
      await persistence.commit(
        planOf({ writes: [runOf(id, { labels: { [id]: id }, actor: id })] }),
      );
    }
    for (const id of CORPUS) {
      const found = async (where: object) =>
        (await persistence.query.find({ table: "runs", where, limit: 100 })).map((run) => run.id);
      expect(await found({ id }), id).toEqual([id]);
      expect(await found({ id: { in: [id, "absent"] } }), id).toEqual([id]);
      expect(await found({ labels: { has: { [id]: id } } }), id).toEqual([id]);
      expect(await found({ actor: id, labels: { has: { [id]: "other" } } }), id).toEqual([]);
      const find = {
        table: "runs",
        where: {},
        orderBy: ["actor"],
        after: [id, id],
        limit: 100,
      } as const;
      const after = await persistence.query.find(find);
      expect(after.map((run) => run.id)).not.toContain(id);
    }
  });

  test.each(CORPUS)("a table, a column or an order called %j is refused", async (name) => {
    const refused = expect.objectContaining({ code: "E_ARGUMENT_INVALID" });
    const find = (part: object): Promise<unknown> =>
      persistence.query.find({ table: "runs", where: {}, limit: 1, ...part } as never);
    await expect(find({ table: name })).rejects.toEqual(refused);
    await expect(find({ where: { [name]: 1 } })).rejects.toEqual(refused);
    await expect(find({ orderBy: [name] })).rejects.toEqual(refused);
    await expect(find({ where: { id: { in: [{ sql: name }] } } })).rejects.toEqual(refused);
    await expect(persistence.query.count(name as never, {}, 1)).rejects.toEqual(refused);
    await expect(persistence.query.get(name as never, {} as never)).rejects.toEqual(refused);
  });

  test("a limit is a number of rows and nothing else", async () => {
    const find = (limit: unknown) =>
      persistence.query.find({ table: "runs", where: {}, limit: limit as number });
    for (const limit of [-1, 1.5, 1_001, Number.NaN, "1; --"]) {
      await expect(find(limit)).rejects.toMatchObject({ code: "E_ARGUMENT_INVALID" });
    }
    await expect(find(1_000)).resolves.toEqual([]);
  });

  test("what is bound is never text: steps of the corpus leave the schema as it was", async () => {
    await persistence.commit(
      planOf({ writes: [runOf("run"), stageOf("run", { status: "running", fence: 1 })] }),
    );
    for (const [i, key] of CORPUS.entries()) {
      const plan = stepPlan("run", i + 1);
      const row = insert("steps", {
        runId: "run",
        key,
        seq: i + 1,
        commitId: plan.commitId,
        output: key,
      });
      expect((await persistence.commit({ ...plan, writes: [row] })).ok).toBe(true);
    }
    const steps = await persistence.query.find({
      table: "steps",
      where: { runId: "run" },
      orderBy: ["seq"],
      limit: 100,
      payloads: true,
    });
    expect(steps.map((step) => [step.key, step.output])).toEqual(CORPUS.map((key) => [key, key]));
  });
}
