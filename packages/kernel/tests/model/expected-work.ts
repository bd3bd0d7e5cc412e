import {
  addLetter,
  type Claim,
  type Expected,
  type ExpectedRun,
  type ExpectedSession,
  type ExpectedStage,
  isEnded,
} from "./expected.ts";
import { drive, end } from "./expected-runs.ts";
import { failureOf, RETRY_MS, SLEEP_MS, STAGE_ATTEMPTS } from "./programs.ts";

export interface Located {
  readonly run: ExpectedRun;
  readonly stage: ExpectedStage;
}

/** Stages that a live session may take now. */
export function claimable(world: Expected, alone: boolean): readonly Located[] {
  return [...world.runs.values()].flatMap((run) =>
    [...run.stages.values()]
      .filter((stage) => run.status === "running" && isDue(world, stage))
      .filter((stage) => stage.hold === undefined && stage.suspect === alone)
      .map((stage) => ({ run, stage })),
  );
}

const isDue = ({ now }: Expected, { status, readyAt, wakeAt }: ExpectedStage): boolean =>
  (status === "ready" && readyAt <= now) ||
  (status === "suspended" && wakeAt !== undefined && wakeAt <= now);

export const mayClaim = ({ now }: Expected, { status, expiresAt }: ExpectedSession): boolean =>
  status === "active" && expiresAt > now;

/** The stage is the session's now, and a sleep that is over has been recorded as such. */
export function take(world: Expected, { run, stage }: Located, session: string): Claim {
  const claim = { session, run: run.id, stage: stage.place.id, at: world.now };
  if (stage.wakeAt !== undefined && stage.wakeAt <= world.now) wake(stage);
  stage.status = "running";
  stage.started = true;
  stage.claim = claim;
  world.claims.push(claim);
  return claim;
}

function wake(stage: ExpectedStage): void {
  stage.wakeAt = undefined;
  stage.done += 1;
  stage.records += 1;
}

export interface Executed {
  readonly outcome: "completed" | "suspended" | "failed" | "busy";
  readonly stages: number;
}

const NOTHING: Executed = { outcome: "busy", stages: 1 };

/** What comes of executing a claim, at whatever time that is. */
export function execute(world: Expected, claim: Claim, session: ExpectedSession): Executed {
  const run = world.runs.get(claim.run);
  const stage = run?.stages.get(claim.stage);
  if (!run || stage?.claim !== claim || world.now > session.deadline) return NOTHING;
  const sight = { told: false };
  const ending = body(world, { run, stage }, sight);
  if (ending === "ended") return complete(world, { run, stage }, { session, told: sight.told });
  stage.claim = undefined;
  if (ending === "threw" || ending === "ruined") return fail(world, { run, stage }, ending);
  if (ending === "slept") {
    stage.status = "suspended";
    settled(stage);
  } else {
    giveBack(world, { stage });
  }
  return { outcome: "suspended", stages: 1 };
}

/**
 * Does the acts that are left. What was told of a hold begins nothing more. A sleep lasts from
 * when it was asked for, however long the claim had waited for its execution.
 */
function body(
  { now }: Expected,
  { run, stage }: Located,
  sight: { told: boolean },
): "ended" | "slept" | "held" | "threw" | "ruined" {
  const acts = run.program[stage.place.id] ?? [];
  for (; stage.done < acts.length; stage.done += 1) {
    const act = acts[stage.done];
    if (act === "flake" && stage.attempt > 1) continue;
    if (act === "flake" || act === "fail") return "threw";
    if (act === "ruin") return "ruined";
    if (sight.told) return "held";
    if (act === "sleep") {
      stage.wakeAt ??= now + SLEEP_MS;
      if (stage.wakeAt > now) return "slept";
      stage.wakeAt = undefined;
    }
    stage.records += 1;
    sight.told ||= stage.hold !== undefined;
  }
  return "ended";
}

/** It came to an end of its own, so it did not take its process with it. */
function settled(stage: ExpectedStage): void {
  Object.assign(stage, { suspect: false, losses: 0, counted: 0 });
}

function fail(world: Expected, { run, stage }: Located, how: "threw" | "ruined"): Executed {
  if (how === "threw" && stage.attempt - stage.forgiven < STAGE_ATTEMPTS) {
    settled(stage);
    stage.attempt += 1;
    stage.status = "ready";
    stage.readyAt = world.now + RETRY_MS;
    return { outcome: "failed", stages: 1 };
  }
  stage.status = "failed";
  stage.hold = undefined;
  addLetter(world, "stage", { run: run.id, stage: stage.place.id });
  if (stage.place.onFailure === "failRun") end(world, run, "failed");
  else drive(world, run);
  if (run.status === "failed") run.failure = failureOf(stage.place.id);
  return { outcome: "failed", stages: 1 };
}

/** The session goes on with the next stage where that is the only one and nothing forbids it. */
function complete(
  world: Expected,
  { run, stage }: Located,
  { session, told }: { readonly session: ExpectedSession; readonly told: boolean },
): Executed {
  stage.status = "completed";
  stage.claim = undefined;
  stage.hold = undefined;
  const { opened } = drive(world, run);
  const [next] = opened;
  const alone = run.shape.places.every((place) => place.after.length < 2);
  if (!next || !alone || told || session.draining || isEnded(run) || run.status !== "running") {
    return { outcome: "completed", stages: 1 };
  }
  const claim = take(world, { run, stage: next }, session.id);
  world.claims.pop();
  const { outcome, stages } = execute(world, claim, session);
  return { outcome, stages: stages + 1 };
}

const LOSSES_COUNTED_MAX = 3;

/** Takes everything from a session that ran out. */
export function reap(world: Expected, session: ExpectedSession): number {
  let stages = 0;
  for (const { run, stage } of owned(world, session)) {
    stages += 1;
    lose(world, { run, stage });
  }
  session.status = "gone";
  return stages;
}

function lose(world: Expected, { run, stage }: Located): void {
  const progressed = stage.records > stage.recordsAtLoss;
  stage.counted = progressed ? 0 : stage.counted + (stage.suspect ? 1 : 0);
  stage.losses = progressed ? 1 : stage.losses + 1;
  stage.recordsAtLoss = stage.records;
  const quarantined = stage.counted >= LOSSES_COUNTED_MAX;
  stage.suspect = stage.losses > 1 && !quarantined;
  stage.status = "ready";
  stage.readyAt = world.now;
  stage.claim = undefined;
  if (!quarantined) return;
  stage.hold = "quarantined";
  addLetter(world, "stage", { run: run.id, stage: stage.place.id });
}

export const owned = (world: Expected, { id }: ExpectedSession): readonly Located[] =>
  [...world.runs.values()].flatMap((run) =>
    [...run.stages.values()]
      .filter((stage) => stage.status === "running" && stage.claim?.session === id)
      .map((stage) => ({ run, stage })),
  );

/** Gives a stage back without a loss; one that recorded something is not suspected any more. */
export function giveBack(world: Expected, { stage }: Pick<Located, "stage">): void {
  if (stage.suspect && stage.records > stage.recordsAtLoss) settled(stage);
  stage.status = "ready";
  stage.readyAt = world.now;
  stage.claim = undefined;
}

export const isExpired = (world: Expected, { status, expiresAt }: ExpectedSession): boolean =>
  status !== "gone" && expiresAt <= world.now;
