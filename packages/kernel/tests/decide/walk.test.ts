import type { StageRow } from "@pawl/kernel/ports";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideDeleteRun } from "../../src/decide/delete-run.ts";
import { isTerminalRun, type RunStatus } from "../../src/state/run.ts";
import { workflowOf } from "../support/graphs.ts";
import { anySketch } from "../support/random-graphs.ts";
import { checkPlan, Walk } from "../support/walk.ts";
import * as run from "../support/walk-run-moves.ts";
import * as stage from "../support/walk-stage-moves.ts";

type Move = (walk: Walk, pick: number) => Promise<unknown>;

/** A move of a running stage, picked by number. */
const owner =
  (move: (walk: Walk, stage: StageRow) => Promise<unknown>): Move =>
  async (walk, pick) => {
    const running = walk.running();
    const picked = running[pick % running.length];
    if (picked) await move(walk, picked);
  };

const later: Move = async (walk) => {
  walk.now += 60;
};

const MOVES: Readonly<Record<string, Move>> = {
  claim: (walk) => walk.claim(false),
  claimAlone: (walk) => walk.claim(true),
  complete: owner(stage.complete),
  completeAndAdvance: owner(async (walk, row) => {
    if (await stage.complete(walk, row)) await run.advance(walk);
  }),
  fail: owner(stage.fail),
  failAttempt: owner(stage.failAttempt),
  suspend: owner(stage.suspend),
  openWait: owner(stage.openWait),
  recordStep: owner(stage.recordStep),
  hold: owner(stage.hold),
  giveBack: owner(stage.giveBack),
  lose: owner(stage.lose),
  wake: stage.wake,
  later,
  pause: run.pause,
  resume: run.resume,
  replay: run.replay,
  advance: run.advance,
  startDue: run.startDue,
  cancel: run.cancel,
  expire: run.expire,
};

const RARE = new Set(["cancel", "pause", "fail", "hold"]);
const OFTEN = new Set(["claim", "completeAndAdvance", "complete", "resume"]);

const anyMoves = fc.array(
  fc.tuple(
    fc.oneof(
      ...Object.keys(MOVES).map((name) => ({
        weight: RARE.has(name) ? 1 : OFTEN.has(name) ? 12 : 4,
        arbitrary: fc.constant(name),
      })),
    ),
    fc.nat(20),
  ),
  { minLength: 5, maxLength: 60 },
);

const anyStart = fc.constantFrom(null, null, 1_000_100);

async function walked(
  sketch: Parameters<typeof workflowOf>[0],
  startAt: number | null,
  moves: readonly (readonly [string, number])[],
): Promise<Walk> {
  const walk = await Walk.begin(workflowOf(sketch), { startAt });
  for (const [name, pick] of moves) await MOVES[name]?.(walk, pick);
  return walk;
}

const isOver = (walk: Walk): boolean => isTerminalRun(walk.status() as RunStatus);

/** Lets the run go on with nothing going wrong any more. */
async function heal(walk: Walk): Promise<void> {
  for (let round = 0; round < 100 && !isOver(walk); round++) {
    walk.now += 200;
    await run.startDue(walk);
    await run.resume(walk);
    if (await walk.isLeftBehind()) await run.advance(walk);
    while (!isOver(walk) && (await heldLetters(walk))) await run.replay(walk, 0);
    await walk.claim(false);
    await walk.claim(true);
    for (const row of walk.running()) {
      if (isOver(walk)) return;
      if (await stage.complete(walk, row)) await run.advance(walk);
    }
  }
}

const heldLetters = async (walk: Walk): Promise<boolean> => {
  const { stages, deadLetters } = walk.dump();
  const [next] = deadLetters.filter((letter) => letter.resolvedAt === null);
  return stages.some(
    (row) => row.stageId === next?.stageId && (row.held || row.status === "failed"),
  );
};

describe("whatever happens to a run, in any order", () => {
  it("every plan writes a row once and leaves rev alone, and every invariant holds", async () => {
    await fc.assert(
      fc.asyncProperty(anySketch, anyStart, anyMoves, async (sketch, startAt, moves) => {
        const walk = await walked(sketch, startAt, moves);
        expect(walk.plans.length).toBeGreaterThan(1);
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  it("it comes to an end once nothing goes wrong any more", async () => {
    await fc.assert(
      fc.asyncProperty(anySketch, anyStart, anyMoves, async (sketch, startAt, moves) => {
        const walk = await walked(sketch, startAt, moves);
        await heal(walk);
        const { stages } = walk.dump();
        expect({ status: walk.status(), stages }).toMatchObject({
          status: expect.stringMatching(/^(completed|failed|cancelled)$/),
        });
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("deleting it leaves nothing but who did it", async () => {
    await fc.assert(
      fc.asyncProperty(anySketch, anyMoves, async (sketch, moves) => {
        const walk = await walked(sketch, null, moves);
        await run.cancel(walk);
        const { run: facts } = await walk.snapshot();
        const plan = decideDeleteRun(facts, {
          commitId: walk.newId(),
          actor: "ada",
          reason: null,
          verb: "delete",
          force: false,
          letterIds: walk.dump().deadLetters.map((letter) => letter.id),
        });
        if (typeof plan === "symbol" || "rejected" in plan) throw new Error("not deleted");
        checkPlan(plan);
        await walk.persistence.commit(plan);
        const { workers, definitions, audit, commits, ...others } = walk.dump();
        expect(Object.values(others).flat()).toEqual([]);
        const verbs = audit.map(({ verb, actor }) => [verb, actor]);
        expect(verbs).toContainEqual(["run.delete", "ada"]);
      }),
      { numRuns: 50 },
    );
  });
});
