import { checkInvariants, defineStage, type InvariantDump, WorkflowBuilder } from "@pawl/kernel";
import type { Persistence, Row } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";

const napper = (id: string, ms: number) =>
  defineStage({
    id,
    schemas: {},
    async execute(ctx) {
      const value = await ctx.step("one", () => id);
      if (ms > 0) await ctx.sleep("nap", ms);
      await ctx.step("two", () => id);
      return { output: value };
    },
  });

const workflow = () =>
  new WorkflowBuilder("w")
    .pipe(napper("a", 0))
    .parallel([napper("b", 10), napper("c", 1_000_000)])
    .pipe(napper("d", 0))
    .build();

interface Dumps {
  readonly halfway: InvariantDump;
  readonly ended: InvariantDump;
}

/** Rows of a run while stage c sleeps, and of one that has ended. */
async function dumps(): Promise<Dumps> {
  const h = new Harness([workflow()]);
  await h.start("w");
  for (let i = 0; i < 4; i++) {
    await h.round();
    await h.world.advance(20);
  }
  const halfway = h.persistence.dump();
  await h.drain();
  return { halfway, ended: h.persistence.dump() };
}

type AnyRow = Readonly<Record<string, unknown>>;

/** The dump with the rows of one table changed. */
const planted = (
  dump: InvariantDump,
  table: keyof InvariantDump,
  change: (rows: readonly AnyRow[]) => readonly unknown[],
): InvariantDump => ({ ...dump, [table]: change(dump[table] as unknown as readonly AnyRow[]) });

const columns =
  (match: (row: AnyRow) => boolean, set: (row: AnyRow) => AnyRow) =>
  (rows: readonly AnyRow[]): readonly AnyRow[] => {
    if (!rows.some(match)) throw new Error("no such row");
    return rows.map((row) => (match(row) ? { ...row, ...set(row) } : row));
  };

const isStage = (id: string) => (row: AnyRow) => row.stageId === id;

const { halfway, ended } = await dumps();

describe("a run's rows, checked [2.8]", () => {
  it("hold every invariant while it goes and when it has ended", () => {
    expect(halfway.runs).toMatchObject([{ status: "running" }]);
    expect(halfway.stages.map((row) => [row.stageId, row.status])).toEqual([
      ["a", "completed"],
      ["b", "completed"],
      ["c", "suspended"],
      ["d", "blocked"],
    ]);
    expect(checkInvariants(halfway)).toEqual([]);
    expect(ended.runs).toMatchObject([{ status: "completed" }]);
    expect(checkInvariants(ended)).toEqual([]);
  });

  it("hold after every single commit, of a paused run and of a cancelled one too", async () => {
    let commits = 0;
    const checked = (persistence: Persistence): Persistence => ({
      ...persistence,
      async commit(plan) {
        const result = await persistence.commit(plan);
        commits += 1;
        expect(checkInvariants(h.persistence.dump())).toEqual([]);
        return result;
      },
    });
    const h: Harness = new Harness([workflow()], { wrap: checked });
    const paused = await h.start("w");
    const cancelled = await h.start("w");
    await h.round();
    await h.kernel.dispatch({ type: "run.pause", workflowRunId: paused });
    await h.round();
    await h.kernel.dispatch({ type: "run.cancel", workflowRunId: cancelled });
    await h.kernel.dispatch({ type: "run.resume", workflowRunId: paused });
    await h.drain();
    expect(commits).toBeGreaterThan(15);
    expect((await h.kernel.query.getRun(paused)).status).toBe("completed");
  });

  it.each<[string, string, () => InvariantDump]>([
    [
      "I1",
      "an event after the end",
      () =>
        planted(
          planted(ended, "events", (rows) => [
            ...rows,
            { ...rows.at(-1), rev: rows.length + 1, type: "state.set" },
          ]),
          "runs",
          columns(
            () => true,
            ({ rev }) => ({ rev: Number(rev) + 1 }),
          ),
        ),
    ],
    [
      "I2",
      "a gap in the revs",
      () => planted(ended, "events", (rows) => rows.filter(({ rev }) => rev !== 2)),
    ],
    [
      "I2",
      "a rev that is given twice",
      () =>
        planted(
          ended,
          "events",
          columns(
            ({ rev }) => rev === 2,
            () => ({ rev: 1 }),
          ),
        ),
    ],
    [
      "I2",
      "a rev beyond the events",
      () =>
        planted(
          ended,
          "runs",
          columns(
            () => true,
            ({ rev }) => ({ rev: Number(rev) + 1 }),
          ),
        ),
    ],
    [
      "I3",
      "a run that ended otherwise",
      () =>
        planted(
          ended,
          "runs",
          columns(
            () => true,
            () => ({ status: "failed", outcome: "failed" }),
          ),
        ),
    ],
    [
      "I3",
      "a failure without an event",
      () =>
        planted(
          ended,
          "runs",
          columns(
            () => true,
            () => ({ failure: { name: "E", message: "m" } }),
          ),
        ),
    ],
    [
      "I3",
      "a stage that ended without an event",
      () =>
        planted(
          halfway,
          "stages",
          columns(isStage("c"), () => ({ status: "completed" })),
        ),
    ],
    [
      "I3",
      "a stage held without an event",
      () =>
        planted(
          halfway,
          "stages",
          columns(isStage("c"), () => ({ held: true, holdReason: "paused" })),
        ),
    ],
    ["I3", "a stage's row gone", () => planted(ended, "stages", (rows) => rows.slice(1))],
    [
      "I5",
      "a skipped stage that completes",
      () =>
        planted(
          ended,
          "events",
          columns(isStage("a"), ({ type }) =>
            type === "stage.completed" ? { data: { opens: ["b"], skips: ["c"] } } : {},
          ),
        ),
    ],
    [
      "I5",
      "a completed run that is resumed",
      () =>
        planted(ended, "events", (rows) => [
          ...rows,
          { ...rows.at(-1), rev: rows.length + 1, type: "run.paused" },
        ]),
    ],
    [
      "I6",
      "an open stage of an ended run",
      () =>
        planted(
          ended,
          "stages",
          columns(isStage("d"), () => ({ status: "ready" })),
        ),
    ],
    [
      "I6",
      "a blocked stage of an ended run",
      () =>
        planted(
          ended,
          "stages",
          columns(isStage("d"), () => ({ status: "blocked" })),
        ),
    ],
    [
      "I6",
      "an open wait of an ended run",
      () =>
        planted(
          ended,
          "waits",
          columns(isStage("c"), () => ({ outcome: null })),
        ),
    ],
    [
      "I6",
      "a dispatch row of an ended run",
      () => planted(ended, "dispatch", () => [{ ...ended.stages[0], tries: 0 }]),
    ],
    [
      "I6",
      "a slot of an ended run",
      () =>
        planted(ended, "slots", () => [{ runId: ended.runs[0]?.id, slotKey: "s", holder: "h" }]),
    ],
    [
      "I8",
      "a join that counts a resolved branch",
      () =>
        planted(
          halfway,
          "stages",
          columns(isStage("d"), () => ({ joinPending: 2 })),
        ),
    ],
    [
      "I9",
      "a record from a fence to come",
      () =>
        planted(
          halfway,
          "steps",
          columns(isStage("c"), ({ fence }) => ({ fence: Number(fence) + 5 })),
        ),
    ],
    [
      "I9",
      "a later record with an earlier fence",
      () =>
        planted(
          ended,
          "steps",
          columns(
            (row) => row.stageId === "c" && row.key === "two",
            () => ({ fence: 0 }),
          ),
        ),
    ],
    [
      "I16",
      "a record twice",
      () => planted(ended, "steps", (rows) => [...rows, ...rows.slice(0, 1)]),
    ],
    [
      "I16",
      "two records with one seq",
      () =>
        planted(
          ended,
          "steps",
          columns(isStage("a"), () => ({ seq: 1 })),
        ),
    ],
    [
      "I16",
      "a wait with the seq of a record",
      () =>
        planted(
          ended,
          "waits",
          columns(isStage("b"), () => ({ seq: 1 })),
        ),
    ],
    [
      "I16",
      "a record without a place in the order",
      () =>
        planted(
          ended,
          "steps",
          columns(
            (row) => row.stageId === "a" && row.key === "one",
            () => ({ seq: 0 }),
          ),
        ),
    ],
  ])("%s tells of %s, naming the run", (invariant, _, plant) => {
    const violations = checkInvariants(plant());
    const { id } = ended.runs[0] as Row<"runs">;
    expect(violations).toContainEqual({
      invariant,
      runId: expect.stringMatching(new RegExp(`^(${id}|${halfway.runs[0]?.id})$`)),
      message: expect.any(String),
    });
  });

  it("run by run: a fault of one run is told of that one only", async () => {
    const h = new Harness([workflow()]);
    const [good, bad] = [await h.start("w"), await h.start("w")];
    await h.drain();
    const dump = planted(
      h.persistence.dump(),
      "runs",
      columns(
        ({ id }) => id === bad,
        () => ({ reopenCount: 7 }),
      ),
    );
    const told = checkInvariants(dump).map(({ runId }) => runId);
    expect(told).toContain(bad);
    expect(told).not.toContain(good);
  });
});
