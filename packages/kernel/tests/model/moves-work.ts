import { deepStrictEqual } from "node:assert";
import type { ClaimedStage } from "@pawl/kernel/ports";
import type { Bench } from "./bench.ts";
import type { Claim, Expected, ExpectedSession } from "./expected.ts";
import { claimable, execute, type Located, mayClaim, take } from "./expected-work.ts";
import { type Kind, type Move, pick } from "./moves.ts";

const refOf = ({ id }: ExpectedSession) => ({ id, epoch: 1 });

/** Mostly one that may claim. */
function someSession(world: Expected, draw = 0): ExpectedSession | undefined {
  const able = world.sessions.filter((session) => mayClaim(world, session));
  return pick(draw % 4 === 3 || able.length === 0 ? world.sessions : able, draw);
}

/** Takes some of what may be taken; which of them is the store's choice. */
function claim(alone: boolean): Kind {
  return (world, [which, most = 0]) => {
    const session = someSession(world, which);
    if (!session) return undefined;
    const limit = alone ? 5 : 1 + (most % 3);
    let claimed: readonly ClaimedStage[] = [];
    return {
      call: async (bench) => {
        claimed = await bench.kernel.dispatch({
          type: "job.claim",
          session: refOf(session),
          limit,
          alone,
        });
        bench.claims.push(...claimed);
        return claimed;
      },
      expect: () => {
        const free = mayClaim(world, session) ? claimable(world, alone) : [];
        deepStrictEqual(claimed.length, Math.min(alone ? 1 : limit, free.length), "claimed");
        for (const { stage } of claimed) takeOne(world, { free, stage }, session);
        return undefined;
      },
    };
  };
}

function takeOne(
  world: Expected,
  { free, stage }: { readonly free: readonly Located[]; readonly stage: ClaimedStage["stage"] },
  session: ExpectedSession,
): void {
  const { runId, stageId } = stage;
  const found = free.find((one) => one.run.id === runId && one.stage.place.id === stageId);
  if (!found) throw new Error(`stage ${stageId} of run ${runId} was not to be had`);
  deepStrictEqual(found.stage.claim, undefined, "claimed twice");
  take(world, found, session.id);
}

function executing(world: Expected, number: number): Move {
  const claim = world.claims[number] as Claim;
  const session = world.sessions.find(({ id }) => id === claim.session) as ExpectedSession;
  return {
    call: (bench: Bench) =>
      bench.kernel.dispatch({
        type: "job.execute",
        session: refOf(session),
        claimed: bench.claims[number] as ClaimedStage,
      }),
    expect: () => {
      if (!session.known) return { code: "E_SESSION_LOST" };
      return execute(world, claim, session);
    },
  };
}

const isWorth = (world: Expected, claim: Claim): boolean =>
  world.runs.get(claim.run)?.stages.get(claim.stage)?.claim === claim;

/** Executes a claim that is still worth something, or one that is not. */
const execution =
  (worth: boolean): Kind =>
  (world, [which]) => {
    const numbers = world.claims.flatMap((claim, i) =>
      isWorth(world, claim) === worth ? [i] : [],
    );
    const number = pick(numbers, which);
    return number === undefined ? undefined : executing(world, number);
  };

/** A message of a transport about any stage, of this attempt or another. */
const hint: Kind = (world, [which, where, attempt = 0]) => {
  const run = pick([...world.runs.values()], which);
  const session = someSession(world, attempt);
  const stage = run && pick([...run.stages.values()], where);
  if (!run || !stage || !session) return undefined;
  const job = {
    v: 1,
    workflowRunId: run.id,
    stageId: stage.place.id,
    mapIndex: 0,
    generation: 0,
    attempt: stage.attempt + (attempt % 4 === 3 ? 1 : 0),
  };
  return {
    call: ({ kernel }) => kernel.dispatch({ type: "job.execute", session: refOf(session), job }),
    expect: () => {
      if (!session.known) return { code: "E_SESSION_LOST" };
      const free = mayClaim(world, session) ? claimable(world, false) : [];
      const found = free.find((one) => one.stage === stage);
      if (!found) return { outcome: standing(world, { run, stage }, job.attempt), stages: 0 };
      const claim = take(world, found, session.id);
      world.claims.pop();
      return execute(world, claim, session);
    },
  };
};

/** Why nothing could be had for a hint. */
function standing(world: Expected, { run, stage }: Located, attempt: number): string {
  const { status, hold, readyAt, wakeAt, place } = stage;
  const isJoin = place.after.length > 1;
  const root = place.after.length === 0;
  const hasRow = status !== "unreached" || isJoin || root;
  const open = status === "unreached" ? run.endedAt === undefined : isOpenStatus(status);
  if (!hasRow || !open || attempt !== stage.attempt) return "ghost";
  if (status === "running" || status === "unreached" || hold !== undefined) return "ghost";
  const due = status === "suspended" ? (wakeAt as number) : readyAt;
  return due <= world.now ? "busy" : "early";
}

const isOpenStatus = (status: string): boolean =>
  status === "ready" || status === "running" || status === "suspended";

export const WORK_MOVES: Readonly<Record<string, Kind>> = {
  claim: claim(false),
  claimAlone: claim(true),
  execute: execution(true),
  executeLate: execution(false),
  hint,
};
