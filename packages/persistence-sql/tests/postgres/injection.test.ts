import type { Persistence } from "@pawl/kernel/ports";
import {
  claimOf,
  eventOf,
  insert,
  planOf,
  runOf,
  stageKey,
  stageOf,
  workerOf,
} from "@pawl/test-parts/plans";
import { beforeEach, expect, test } from "vitest";
import { CORPUS } from "../corpus.ts";
import { onPostgres } from "./on-postgres.ts";

/** PostgreSQL holds no NUL in text; `traps.test.ts` shows what becomes of one. */
const HELD = [
  ...CORPUS,
  "$1",
  "$$; --",
  "E'\\x27'",
  "{a,b}",
  '{"a"}',
  "NULL",
  "::text",
  "1e400",
].filter((text) => !text.includes("\u0000"));

onPostgres("values that look like SQL", (place) => {
  let persistence: Persistence;
  beforeEach(async () => {
    persistence = await place().schema.open();
  });

  test("name their own rows through a whole life", async () => {
    const expiresAt = place().schema.clock.now() + 1e9;
    await persistence.commit(planOf({ writes: [workerOf({ expiresAt })] }));
    const starts = HELD.map((id) => {
      const part = { stageId: id, queue: id, definition: id, reads: [id] };
      const signal = insert("signals", { runId: id, signalId: id });
      const writes = [runOf(id, { rev: 1 }), stageOf(id, part), signal];
      return planOf({ writes, events: [eventOf(id, { data: { [id]: id } })] });
    });
    const started = await persistence.commitMany(starts);
    expect(started.map(({ ok }) => ok)).toEqual(HELD.map(() => true));
    for (const id of HELD) {
      const stage = stageKey(id, { stageId: id });
      const claimed = await persistence.claim(claimOf({ definitions: [id], queues: [id] }));
      expect(claimed.map((one) => [one.stage.runId, one.run.id, one.upstream[0]?.stageId])).toEqual(
        [[id, id, id]],
      );
      const plan = planOf({ guards: [{ kind: "stage", key: stage, fence: 1, status: "running" }] });
      const record = { ...stage, key: id, seq: 1, commitId: plan.commitId, output: id };
      const steps = { ...plan, writes: [insert("steps", record)] };
      expect(await persistence.commit(steps), id).toMatchObject({ ok: true });
      const page = await persistence.memoPage(stage, 0, { recordsMax: 9, bytesMax: 9 });
      expect(page.entries).toMatchObject([{ step: { key: id, output: id } }]);
      expect((await persistence.load(id, { stages: [stage] }))?.stages).toHaveLength(1);
      await persistence.commit(
        planOf({ writes: [{ op: "delete", table: "signals", key: { runId: id } }] }),
      );
    }
    const { query } = persistence;
    expect(await query.count("runs", {}, 1_000)).toBe(HELD.length);
    expect(await query.count("signals", {}, 1_000)).toBe(0);
  });

  test("are only compared in a find", async () => {
    await persistence.commitMany(
      HELD.map((id) => planOf({ writes: [runOf(id, { labels: { [id]: id }, actor: id })] })),
    );
    for (const id of HELD) {
      const found = async (where: object) =>
        (await persistence.query.find({ table: "runs", where, limit: 100 })).map((run) => run.id);
      expect(await found({ id }), id).toEqual([id]);
      expect(await found({ id: { in: [id, "absent"] } }), id).toEqual([id]);
      expect(await found({ labels: { has: { [id]: id } } }), id).toEqual([id]);
      expect(await found({ actor: id, labels: { has: { [id]: "other" } } }), id).toEqual([]);
    }
  });

  test.each(HELD)("a table, a column or an order called %j is refused", async (name) => {
    const refused = expect.objectContaining({ code: "E_ARGUMENT_INVALID" });
    const find = (part: object): Promise<unknown> =>
      persistence.query.find({ table: "runs", where: {}, limit: 1, ...part } as never);
    await expect(find({ table: name })).rejects.toEqual(refused);
    await expect(find({ where: { [name]: 1 } })).rejects.toEqual(refused);
    await expect(find({ orderBy: [name] })).rejects.toEqual(refused);
    await expect(persistence.query.get(name as never, {} as never)).rejects.toEqual(refused);
  });
});
