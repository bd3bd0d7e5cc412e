import {
  type Expected,
  type ExpectedRun,
  type ExpectedStage,
  isEnded,
  isOpen,
  newStage,
  RUN_TOO_LONG,
  type RunStatus,
} from "./expected.ts";
import { PROGRAMS, type Program, type Shape } from "./programs.ts";

export interface Start {
  readonly id: string;
  readonly shape: Shape;
  readonly program: Program;
  readonly key?: string;
  readonly startAt?: number;
}

/** A start makes the roots ready, unless it is for later. */
export function create(world: Expected, start: Start): ExpectedRun {
  const { shape, program, key, startAt } = start;
  const from = startAt ?? world.now;
  const run: ExpectedRun = {
    id: start.id,
    shape,
    program,
    key,
    startAt,
    stages: new Map(shape.places.map((place) => [place.id, newStage(place)])),
    status: startAt === undefined ? "running" : "pending",
    deadline: shape.runTimeoutMs === undefined ? undefined : from + shape.runTimeoutMs,
    endedAt: undefined,
    failure: undefined,
    delivered: 0,
    refusals: 0,
  };
  world.runs.set(run.id, run);
  PROGRAMS.set(run.id, program);
  if (startAt === undefined) openRoots(world, run);
  return run;
}

function openRoots(world: Expected, run: ExpectedRun): void {
  const { startTimeoutMs } = run.shape;
  for (const stage of run.stages.values()) {
    if (stage.place.after.length > 0) continue;
    open(world, run, stage);
    if (startTimeoutMs !== undefined) stage.startBy = world.now + startTimeoutMs;
  }
}

/** Its start time has come; limits count from the start itself. */
export function admit(world: Expected, run: ExpectedRun): boolean {
  if (run.status !== "pending" || run.startAt === undefined || run.startAt > world.now) {
    return false;
  }
  run.status = "running";
  const { runTimeoutMs } = run.shape;
  if (runTimeoutMs !== undefined) run.deadline = world.now + runTimeoutMs;
  openRoots(world, run);
  return true;
}

const startBy = ({ now }: Expected, limitMs: number | undefined): number | undefined =>
  limitMs === undefined ? undefined : now + limitMs;

/** It has its own limit to start from now on. */
function open(world: Expected, run: ExpectedRun, stage: ExpectedStage): void {
  stage.status = "ready";
  stage.readyAt = world.now;
  stage.startBy = startBy(world, stage.place.startTimeoutMs);
  stage.hold = run.status === "paused" ? "paused" : undefined;
}

/** An end is final: what was open is cancelled with it. */
export function end(world: Expected, run: ExpectedRun, status: RunStatus): void {
  run.status = status;
  run.endedAt = world.now;
  for (const stage of run.stages.values()) {
    if (!isOpen(stage)) continue;
    stage.status = "cancelled";
    stage.claim = undefined;
    stage.hold = undefined;
  }
}

export function pause(run: ExpectedRun): void {
  run.status = "paused";
  for (const stage of run.stages.values()) if (isOpen(stage)) stage.hold ??= "paused";
}

export function resume(run: ExpectedRun): void {
  run.status = "running";
  for (const stage of run.stages.values()) {
    if (stage.hold === "paused") stage.hold = undefined;
  }
}

/** `open`, or resolved: `ok` counts for what comes after it, `dead` does not. */
function standing({ status, place }: ExpectedStage): "open" | "ok" | "dead" {
  if (status === "completed") return "ok";
  if (status === "failed") return place.onFailure === "continue" ? "ok" : "dead";
  return status === "skipped" || status === "cancelled" ? "dead" : "open";
}

/**
 * Opens what its dependencies allow, skips what they never will, and ends the run when nothing
 * comes after what is resolved. True when something changed. Answers what was opened.
 */
export function drive(
  world: Expected,
  run: ExpectedRun,
): { readonly opened: readonly ExpectedStage[]; readonly changed: boolean } {
  const opened: ExpectedStage[] = [];
  let changed = false;
  if (isEnded(run) || run.status === "pending") return { opened, changed };
  for (const stage of run.stages.values()) {
    const before = stage.place.after.map((id) => standing(run.stages.get(id) as ExpectedStage));
    if (stage.status !== "unreached" || before.includes("open")) continue;
    changed = true;
    if (before.includes("ok")) opened.push(stage);
    else stage.status = "skipped";
  }
  const isSink = (id: string) => !run.shape.places.some((place) => place.after.includes(id));
  const stages = [...run.stages.values()];
  const ends = stages.filter((stage) => isSink(stage.place.id)).map(standing);
  if (!ends.includes("open")) {
    const failed = !ends.includes("ok") && stages.some(({ status }) => status === "failed");
    end(world, run, failed ? "failed" : "completed");
    return { opened: [], changed: true };
  }
  for (const stage of opened) open(world, run, stage);
  return { opened, changed };
}

/** Runs past their time limit fail; those whose first stage nobody took in time are cancelled. */
export function expire(world: Expected): number {
  let ended = 0;
  for (const run of world.runs.values()) {
    if (isEnded(run) || run.status === "pending") continue;
    const late = [...run.stages.values()].some(
      ({ status, started, startBy }) =>
        status === "ready" && !started && startBy !== undefined && startBy <= world.now,
    );
    const tooLong = run.deadline !== undefined && run.deadline <= world.now;
    if (!tooLong && !late) continue;
    end(world, run, tooLong ? "failed" : "cancelled");
    if (tooLong) run.failure = RUN_TOO_LONG;
    ended += 1;
  }
  return ended;
}

export function remove(world: Expected, run: ExpectedRun): void {
  world.runs.delete(run.id);
  world.deleted.push(run.id);
  for (let i = world.letters.length - 1; i >= 0; i--) {
    if (world.letters[i]?.run === run.id) world.letters.splice(i, 1);
  }
}

/** A failed or quarantined stage begins anew; a run that failed goes on where it was. */
export function replay(world: Expected, run: ExpectedRun, stage: ExpectedStage): void {
  const reopens = run.status === "failed";
  if (reopens) {
    run.status = "running";
    run.deadline = undefined;
    run.endedAt = undefined;
    run.failure = undefined;
    for (const other of run.stages.values()) {
      if (other.status === "cancelled") open(world, run, other);
    }
  }
  stage.forgiven = stage.status === "failed" ? stage.attempt : stage.attempt - 1;
  if (stage.status === "failed") stage.attempt += 1;
  Object.assign(stage, { suspect: false, losses: 0, counted: 0, hold: undefined });
  stage.status = "ready";
  stage.readyAt = world.now;
  stage.claim = undefined;
  const behind = new Set([stage.place.id]);
  for (const { place, status } of run.stages.values()) {
    if (place.after.some((id) => behind.has(id))) behind.add(place.id);
    const other = run.stages.get(place.id) as ExpectedStage;
    if (other !== stage && behind.has(place.id) && status === "skipped") {
      other.status = "unreached";
    }
  }
}
