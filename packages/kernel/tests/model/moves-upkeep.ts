import { deepStrictEqual } from "node:assert";
import {
  type Claim,
  type Expected,
  type ExpectedSession,
  isEnded,
  isOpen,
  type Letter,
} from "./expected.ts";
import { flushRun, receive } from "./expected-deliveries.ts";
import { admit, expire, replay } from "./expected-runs.ts";
import { giveBack, isExpired, owned, reap } from "./expected-work.ts";
import { type Kind, type Move, pick } from "./moves.ts";

const LEASES_MS = [25_000, 8_000];
const PATIENCE_MS = 2_000;
const ADVANCES_MS = [1, 2_000, 5_000, 10_000, 20_000, 30_000];

/** Of a lease, what its process leaves unused. */
const marginOf = (ttlMs: number): number => Math.min(2_000, ttlMs / 4);

const register: Kind = (world, [which]) => {
  const leaseTtlMs = pick(LEASES_MS, which) as number;
  return {
    call: ({ kernel }) =>
      kernel.dispatch({ type: "worker.register", workerId: "w", host: "h", pid: 1, leaseTtlMs }),
    expect: (outcome) => {
      const { id } = ("value" in outcome ? outcome.value : {}) as { id: string };
      const expiresAt = world.now + leaseTtlMs;
      world.sessions.push({
        id,
        ttlMs: leaseTtlMs,
        status: "active",
        expiresAt,
        deadline: expiresAt - marginOf(leaseTtlMs),
        known: true,
        draining: false,
        idle: new Set(),
      });
      return { id, epoch: 1, expiresAt };
    },
  };
};

/** A verb about one session. */
function verb(
  type: "worker.beat" | "worker.drain" | "worker.deregister",
  act: (world: Expected, session: ExpectedSession) => unknown,
): Kind {
  return (world, [which]) => {
    const session = pick(world.sessions, which);
    if (!session) return undefined;
    return {
      call: ({ kernel }) => kernel.dispatch({ type, session: { id: session.id, epoch: 1 } }),
      expect: () => act(world, session),
    };
  };
}

/** Renews the lease; what is owned and idle at two heartbeats in a row is given back. */
function beat(world: Expected, session: ExpectedSession): unknown {
  if (session.known && session.status === "gone") session.known = false;
  if (!session.known) return { alive: false, draining: false };
  session.expiresAt = world.now + session.ttlMs;
  session.deadline = session.expiresAt - marginOf(session.ttlMs);
  session.draining ||= session.status === "draining";
  const idle = owned(world, session);
  const before = session.idle;
  session.idle = new Set(idle.map(({ stage }) => stage.claim as Claim));
  for (const one of idle) if (before.has(one.stage.claim as Claim)) giveBack(world, one);
  return { alive: true, draining: session.draining };
}

function drain(_world: Expected, session: ExpectedSession): unknown {
  session.draining = true;
  const alive = session.status !== "gone";
  if (alive) session.status = "draining";
  return { alive, draining: alive };
}

function deregister(world: Expected, session: ExpectedSession): unknown {
  const held = owned(world, session);
  for (const one of held) giveBack(world, one);
  session.status = "gone";
  session.known = false;
  return { released: held.length };
}

const reaped = (world: Expected): { readonly sessions: number; readonly stages: number } => {
  const expired = world.sessions.filter((session) => isExpired(world, session));
  const stages = expired.map((session) => reap(world, session));
  return { sessions: expired.length, stages: stages.reduce((a, b) => a + b, 0) };
};

const reapStale: Kind = (world) => ({
  call: ({ kernel }) => kernel.dispatch({ type: "lease.reapStale" }),
  expect: () => reaped(world),
});

/** Mostly of a process that had something to do. */
const reapDead: Kind = (world, [which = 0]) => {
  const busy = world.sessions.filter((one) => owned(world, one).length > 0);
  const session = pick(which % 4 === 3 || busy.length === 0 ? world.sessions : busy, which);
  if (!session) return undefined;
  return {
    call: ({ kernel }) => kernel.dispatch({ type: "lease.reapStale", dead: [session.id] }),
    expect: () => {
      if (session.status !== "gone") session.expiresAt = world.now;
      return reaped(world);
    },
  };
};

const expireSessions: Kind = (world) => ({
  call: async ({ kernel }) => kernel.expireSessions(),
  expect: () => {
    for (const session of world.sessions) if (world.now > session.deadline) session.known = false;
    return undefined;
  },
});

const pollSuspended: Kind = (world) => ({
  call: ({ kernel }) => kernel.dispatch({ type: "stage.pollSuspended" }),
  expect: () => ({ checked: expire(world) }),
});

type RevOf = (run: string) => number;

const flush = (world: Expected, behind: readonly string[], rev: RevOf): number =>
  behind
    .map((id) => world.runs.get(id))
    .map((run) => (run ? flushRun(world, run, rev(run.id)) : 0))
    .reduce((a, b) => a + b, 0);

const flushOutbox: Kind = (world) => ({
  call: ({ kernel }) => kernel.dispatch({ type: "outbox.flush" }),
  expect: (_outcome, rev) => {
    const behind = [...world.runs.values()].filter((run) => run.delivered < rev(run.id));
    return {
      flushed: flush(
        world,
        behind.map(({ id }) => id),
        rev,
      ),
    };
  },
});

const turnSink: Kind = (world) => ({
  call: async (bench) => {
    bench.refusing = !world.refusing;
  },
  expect: () => {
    world.refusing = !world.refusing;
    return undefined;
  },
});

/** Everything that falls due, in one round. */
const maintain: Kind = (world) => {
  const seen = new Map<string, number>();
  return {
    call: async ({ kernel, persistence }) => {
      const runs = await persistence.query.find({ table: "runs", where: {}, limit: 1_000 });
      for (const { id, rev } of runs) seen.set(id, rev);
      return kernel.maintain({ thorough: true, suspects: {} });
    },
    expect: (_outcome, rev) => {
      const late = [...world.runs.values()].filter(({ status }) => status === "pending");
      const claimed = late.filter((run) => admit(world, run)).length;
      const suspendedChecked = expire(world);
      const staleReleased = reaped(world).stages;
      const behind = [...seen].filter(([id, at]) => (world.runs.get(id)?.delivered ?? at) < at);
      const eventsFlushed = flush(
        world,
        behind.map(([id]) => id),
        rev,
      );
      return { claimed, suspendedChecked, staleReleased, eventsFlushed, suspects: suspects(world) };
    },
  };
};

const suspects = (world: Expected): number =>
  [...world.runs.values()]
    .flatMap((run) => [...run.stages.values()])
    .filter(({ status, suspect, hold }) => status === "ready" && suspect && hold === undefined)
    .filter(({ readyAt }) => readyAt < world.now - PATIENCE_MS).length;

const listLetters =
  (resolved: boolean): Kind =>
  (world) => {
    const open = world.letters.filter(({ resolution }) => (resolution !== undefined) === resolved);
    return {
      call: async ({ kernel }) => {
        const rows = await kernel.dispatch({ type: "deadletter.list", resolved });
        return rows.map(({ id }) => id);
      },
      expect: (outcome) => {
        const ids = open.map(({ id }) => id).toSorted();
        deepStrictEqual(outcome, { value: ids }, "listed letters");
        return undefined;
      },
    };
  };

/** Mostly one that is not dealt with. */
function someLetter({ letters }: Expected, draw = 0): Letter | undefined {
  const open = letters.filter(({ resolution }) => resolution === undefined);
  return pick(draw % 4 === 3 || open.length === 0 ? letters : open, draw);
}

const discard: Kind = (world, [which]) => {
  const letter = someLetter(world, which);
  const { id } = letter ?? {};
  if (!letter || id === undefined) return undefined;
  return {
    call: ({ kernel }) => kernel.dispatch({ type: "deadletter.discard", id }),
    expect: () => {
      if (letter.resolution !== undefined) return { discarded: false };
      if (isOnlyHandle(world, letter)) return { code: "E_STATE_INVALID" };
      letter.resolution = "discarded";
      return { discarded: true };
    },
  };
};

/** Nothing but its letter moves a quarantined stage of a live run on. */
function isOnlyHandle(world: Expected, letter: Letter): boolean {
  const stage = world.runs.get(letter.run)?.stages.get(letter.stage ?? "");
  return stage !== undefined && isOpen(stage) && stage.hold === "quarantined";
}

/** The sink gets the event again, behind those that passed it. */
function redeliver(world: Expected, letter: Letter): unknown {
  if (letter.resolution !== undefined) return { replayed: false };
  if (world.refusing) return { code: "E_DELIVERY_REFUSED" };
  receive(world, letter.run, [letter.rev as number]);
  letter.resolution = "replayed";
  return { replayed: true };
}

const replayLetter: Kind = (world, [which]): Move | undefined => {
  const letter = someLetter(world, which);
  const { id } = letter ?? {};
  if (!letter || id === undefined) return undefined;
  return {
    call: ({ kernel }) => kernel.dispatch({ type: "deadletter.replay", id }),
    expect: () => {
      if (letter.kind === "event") return redeliver(world, letter);
      if (letter.resolution !== undefined) return { replayed: false };
      const run = world.runs.get(letter.run);
      const stage = run?.stages.get(letter.stage ?? "");
      if (!run || !stage) throw new Error("a letter of a run that is gone");
      const quarantined = isOpen(stage) && stage.hold !== undefined;
      if (stage.status !== "failed" && !quarantined) return { code: "E_STATE_INVALID" };
      if (isEnded(run) && run.status !== "failed") return { code: "E_RUN_TERMINAL" };
      replay(world, run, stage);
      letter.resolution = "replayed";
      return { replayed: true };
    },
  };
};

const advance: Kind = (world, [which]) => {
  const ms = pick(ADVANCES_MS, which) as number;
  return {
    call: ({ world: own }) => own.advance(ms),
    expect: () => {
      world.now += ms;
      return undefined;
    },
  };
};

export const UPKEEP_MOVES: Readonly<Record<string, Kind>> = {
  register,
  beat: verb("worker.beat", beat),
  drain: verb("worker.drain", drain),
  deregister: verb("worker.deregister", deregister),
  reapStale,
  reapDead,
  expireSessions,
  pollSuspended,
  maintain,
  flushOutbox,
  turnSink,
  listLetters: listLetters(false),
  listResolvedLetters: listLetters(true),
  replayLetter,
  discard,
  advance,
};
