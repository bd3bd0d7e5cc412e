import { deepStrictEqual } from "node:assert";
import type { Outcome } from "./bench.ts";
import { type Expected, type ExpectedRun, isEnded } from "./expected.ts";
import { flushWhole } from "./expected-deliveries.ts";
import { admit, create, drive, end, pause, remove, resume } from "./expected-runs.ts";
import { type Kind, type Move, pick } from "./moves.ts";
import { type Act, type Program, SHAPES, type Shape } from "./programs.ts";

const BODIES: readonly (readonly Act[])[] = [
  [],
  ["step"],
  ["step", "step"],
  ["sleep"],
  ["step", "sleep", "step"],
  ["flake"],
  ["step", "flake", "step"],
  ["fail"],
  ["ruin"],
  ["step", "ruin"],
  ["sleep", "fail"],
  ["step", "sleep", "sleep", "step"],
];
const KEYS = ["one", "two"];
const LATER_MS = 15_000;

interface Given {
  readonly shape: Shape;
  readonly program: Program;
}

function givenBy([which = 0, , , ...bodies]: readonly number[]): Given {
  const shape = pick(Object.values(SHAPES), which) as Shape;
  const program = shape.places.map(({ id }, i) => [id, pick(BODIES, bodies[i])]);
  return { shape, program: Object.fromEntries(program) };
}

const commandOf = ({ shape, program }: Given, more: object = {}) => ({
  workflowId: shape.workflow.id,
  input: program,
  ...more,
});

type StartOptions = { readonly key?: string; readonly startAt?: number };

/** What a start must answer, and does to the model: a new run, or the one of its key. */
function startedBy(world: Expected, given: Given, { key, startAt }: StartOptions) {
  const before = [...world.runs.values()].find(
    (run) => key !== undefined && run.key === key && run.shape === given.shape,
  );
  if (!before) {
    return (id: string) => {
      const { status } = create(world, {
        id,
        ...given,
        ...(key === undefined ? {} : { key }),
        ...(startAt === undefined ? {} : { startAt }),
      });
      return { status, replayed: false };
    };
  }
  const same = JSON.stringify(before.program) === JSON.stringify(given.program);
  return same
    ? () => ({ workflowRunId: before.id, status: before.status, replayed: true })
    : () => ({ code: "E_IDEMPOTENCY_CONFLICT" });
}

const idOf = (outcome: Outcome): string =>
  "value" in outcome ? (outcome.value as { workflowRunId: string }).workflowRunId : "";

function start(world: Expected, given: Given, options: StartOptions = {}): Move {
  const { key, startAt } = options;
  const more = { ...(key ? { idempotencyKey: key } : {}), ...(startAt ? { startAt } : {}) };
  return {
    call: ({ kernel }) => kernel.dispatch({ type: "run.create", ...commandOf(given, more) }),
    expect: (outcome) => startedBy(world, given, options)(idOf(outcome)),
  };
}

/** An earlier start with the same key: with the same input, or with another. */
function startAgain(world: Expected, [which, other = 0, ...bodies]: readonly number[]) {
  const run = pick(
    [...world.runs.values()].filter(({ key }) => key !== undefined),
    which,
  );
  if (!run) return undefined;
  const places = run.shape.places.map(({ id }, i) => [id, pick(BODIES, bodies[i])]);
  const program = other % 2 === 0 ? run.program : Object.fromEntries(places);
  return start(world, { shape: run.shape, program }, { key: run.key as string });
}

function startMany(world: Expected, draw: readonly number[]): Move {
  const [which = 0, count = 0] = draw;
  const givens = Array.from({ length: 1 + (count % 3) }, (_, i) => {
    const key = i === 1 ? KEYS[0] : undefined;
    return { given: givenBy([which + i, ...draw.slice(1)]), ...(key ? { key } : {}) };
  });
  const runs = givens.map(({ given, key }) => commandOf(given, key ? { idempotencyKey: key } : {}));
  return {
    call: async ({ kernel }) => {
      const outcomes = await kernel.dispatch({ type: "run.createMany", runs });
      return outcomes.map((one) =>
        "error" in one ? { code: (one.error as { code: string }).code } : one,
      );
    },
    expect: (outcome) => {
      const values = "value" in outcome ? (outcome.value as readonly object[]) : [];
      for (const [i, value] of values.entries()) {
        const { given, key } = givens[i] as (typeof givens)[number];
        const started = startedBy(world, given, key ? { key } : {});
        const id = (value as { workflowRunId?: string }).workflowRunId ?? "";
        const expected = started(id);
        deepStrictEqual(
          "code" in expected ? value : { ...value, ...expected },
          "code" in expected ? expected : value,
        );
      }
      deepStrictEqual(values.length, runs.length);
      return undefined;
    },
  };
}

/** A verb about one run, which may be gone. */
function verb(
  type: "run.cancel" | "run.terminate" | "run.pause" | "run.resume" | "run.transition",
  act: (world: Expected, run: ExpectedRun) => unknown,
): Kind {
  return (world, [which]) => {
    const id = pick([...world.runs.keys(), ...world.deleted.slice(-1)], which);
    if (id === undefined) return undefined;
    return {
      call: ({ kernel }) => kernel.dispatch({ type, workflowRunId: id }),
      expect: () => {
        const run = world.runs.get(id);
        return run ? act(world, run) : { code: "E_RUN_UNKNOWN" };
      },
    };
  };
}

const changed = (run: ExpectedRun, change: boolean) => ({ status: run.status, changed: change });

function cancel(world: Expected, run: ExpectedRun): unknown {
  if (run.status === "cancelled") return changed(run, false);
  if (isEnded(run)) return { code: "E_RUN_TERMINAL" };
  end(world, run, "cancelled");
  return changed(run, true);
}

function pauseOrNot(_world: Expected, run: ExpectedRun): unknown {
  if (run.status === "paused") return changed(run, false);
  if (isEnded(run)) return { code: "E_RUN_TERMINAL" };
  if (run.status !== "running") return { code: "E_STATE_INVALID" };
  pause(run);
  return changed(run, true);
}

function resumeOrNot(_world: Expected, run: ExpectedRun): unknown {
  if (run.status === "running") return changed(run, false);
  if (isEnded(run)) return { code: "E_RUN_TERMINAL" };
  if (run.status !== "paused") return { code: "E_STATE_INVALID" };
  resume(run);
  return changed(run, true);
}

/** Who deletes a live run ends it, which is one event. */
const THE_END = 1;

/** A run goes only when the sink has seen its events, or is forced to go. */
function deletion(force: boolean): Kind {
  return (world, [which]) => {
    const id = pick([...world.runs.keys(), ...world.deleted.slice(-1)], which);
    if (id === undefined) return undefined;
    return {
      call: ({ kernel }) => kernel.dispatch({ type: "run.delete", workflowRunId: id, force }),
      expect: (_outcome, rev) => {
        const run = world.runs.get(id);
        if (!run) return { code: "E_RUN_UNKNOWN" };
        if (!isEnded(run) && !force) return { code: "E_RUN_LIVE" };
        const events = rev(id) + (isEnded(run) ? 0 : THE_END);
        if (!flushWhole(world, run, events) && !force) return { code: "E_STATE_INVALID" };
        remove(world, run);
        return { deleted: true };
      },
    };
  };
}

function purge(dryRun: boolean): Kind {
  return (world, [ago = 0, limit = 0]) => {
    const endedBefore = world.now - (ago % 4) * 10_000;
    const bounds = { limit: 1 + (limit % 3), dryRun };
    return {
      call: ({ kernel }) => kernel.dispatch({ type: "run.purge", endedBefore, ...bounds }),
      expect: (_outcome, rev) => {
        const old = [...world.runs.values()]
          .filter((run) => run.endedAt !== undefined && run.endedAt < endedBefore)
          .sort((a, b) => Number(a.endedAt) - Number(b.endedAt) || (a.id < b.id ? -1 : 1))
          .slice(0, bounds.limit);
        if (dryRun) return { purged: 0, runIds: old.map(({ id }) => id) };
        const seen = old.filter((run) => flushWhole(world, run, rev(run.id)));
        for (const run of seen) remove(world, run);
        return { purged: seen.length, runIds: seen.map(({ id }) => id) };
      },
    };
  };
}

const claimPending: Kind = (world) => ({
  call: ({ kernel }) => kernel.dispatch({ type: "run.claimPending" }),
  expect: () => ({ claimed: [...world.runs.values()].filter((run) => admit(world, run)).length }),
});

export const RUN_MOVES: Readonly<Record<string, Kind>> = {
  start: (world, draw) => start(world, givenBy(draw)),
  startWithKey: (world, draw) =>
    start(world, givenBy(draw), { key: pick(KEYS, draw[1]) as string }),
  startAgain,
  startLater: (world, draw) =>
    start(world, givenBy(draw), { startAt: world.now + LATER_MS * (1 + ((draw[1] ?? 0) % 2)) }),
  startMany,
  claimPending,
  cancel: verb("run.cancel", cancel),
  terminate: verb("run.terminate", cancel),
  pause: verb("run.pause", pauseOrNot),
  resume: verb("run.resume", resumeOrNot),
  transition: verb("run.transition", (world, run) => {
    const { changed: moved } = drive(world, run);
    return changed(run, moved);
  }),
  delete: deletion(false),
  deleteWithForce: deletion(true),
  purge: purge(false),
  purgeDry: purge(true),
};
