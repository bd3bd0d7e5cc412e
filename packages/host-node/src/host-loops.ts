import type { StartSlot } from "@pawl/kernel";
import type { JobTransport } from "@pawl/kernel/ports";
import { ClaimLoop, type WorkParts } from "./claim-loop.ts";
import type { DeathWatch } from "./death-watch.ts";
import { DueTimes } from "./due-times.ts";
import type { HostSettings } from "./host-options.ts";
import { Inbox } from "./inbox.ts";
import { Outage } from "./outage.ts";
import { ReceiveLoop } from "./receive-loop.ts";
import { type LoopTurn, SupervisedLoop } from "./supervised-loop.ts";

const EXPIRE_MS = 1_000;
const LATE_BEAT_SHARE = 3;
const JITTER = 0.1;

/** What a host does by itself, each part alone in its loop. */
export interface HostLoops {
  /** Brings in work, by claims or from the transport. */
  readonly work: SupervisedLoop;
  /** Work is looked for in the store, not only delivered. */
  readonly claims: boolean;
  readonly beat: SupervisedLoop;
  readonly deadline: SupervisedLoop;
  readonly maintenance: SupervisedLoop;
  readonly deaths: SupervisedLoop;
  /** Something may be claimed, at `at` or now. */
  ready(at?: number): void;
  /** Another process says that a stage of this queue may be claimed, or of any. */
  rung(queue?: string): void;
  /** A pending run is to be admitted at `at`. */
  startDue(at: number): void;
  /** A slot is free. */
  freed(): void;
  /** Room for a run that starts in this process. */
  startSlot(queue: string): StartSlot | undefined;
  /** Suspects have waited long for a worker that runs nothing. */
  suspectsWait(): void;
  /** Brings in work once, without waiting for any. Answers how much. */
  workOnce(): Promise<number>;
}

export interface LoopsParts extends WorkParts {
  readonly deathWatch: DeathWatch;
  /** One round of maintenance. */
  maintain(): Promise<unknown>;
}

export function hostLoops(parts: LoopsParts): HostLoops {
  const { settings, deathWatch } = parts;
  const outage = new Outage(settings);
  const loop = (name: string, round: (turn: LoopTurn) => Promise<void>): SupervisedLoop =>
    new SupervisedLoop({ ...settings, name, round, outage });
  const claims = new ClaimLoop(parts);
  const pulled = settings.transports.filter(isPulled);
  const always = settings.transports.some(({ capabilities }) => capabilities.colocated);
  const inboxes = pulled.map((transport) => new Inbox({ ...settings, transport }));
  const receives = new ReceiveLoop({ ...parts, claims, inboxes, always });
  const starts = new DueTimes();
  const maintenance = loop("maintenance", async (turn) => {
    await parts.maintain();
    await admitBetweenRounds(settings, starts, turn);
  });
  const isDelivered = pulled.length > 0;
  const work = loop("work", (turn) => (isDelivered ? receives : claims).round(turn));
  return {
    work,
    claims: !isDelivered || always,
    beat: loop("beat", (turn) => beatRound(parts, turn)),
    deadline: loop("deadline", (turn) => deadlineRound(parts, turn)),
    maintenance,
    deaths: loop("deaths", (turn) => deathWatch.round(turn)),
    ready: (at) => {
      claims.ready(at);
      if (!isDelivered) work.wake();
    },
    rung: (queue) => {
      claims.rung(queue);
      work.wake();
    },
    startDue: (at) => {
      starts.add(at);
      maintenance.wake();
    },
    freed: () => {
      claims.freed();
      work.wake();
    },
    startSlot: (queue) => claims.startSlot(queue),
    suspectsWait: () => {
      claims.suspectsWait();
      work.wake();
    },
    workOnce: async () => (await receives.receiveOnce()) + (await claims.look({ suspects: true })),
  };
}

const isPulled = ({ capabilities }: JobTransport): boolean =>
  !capabilities.colocated && capabilities.delivery === "pull";

/** Waits for the next round of maintenance; runs whose start time comes before it don't. */
async function admitBetweenRounds(
  { kernel, clock, orchestrationIntervalMs, random }: HostSettings,
  starts: DueTimes,
  turn: LoopTurn,
): Promise<void> {
  const until = clock.monotonic() + orchestrationIntervalMs * (1 - JITTER * random());
  while (!turn.stopping) {
    if (starts.take(clock.now())) await kernel.dispatch({ type: "run.claimPending" });
    const leftMs = until - clock.monotonic();
    if (leftMs <= 0) return;
    const dueMs = (starts.next ?? Number.POSITIVE_INFINITY) - clock.now();
    await turn.wait(Math.min(leftMs, dueMs));
  }
}

async function beatRound({ settings, session }: WorkParts, turn: LoopTurn): Promise<void> {
  await session.open();
  await turn.wait(session.beatInMs);
  if (turn.stopping || session.beatInMs > 0) return;
  const { leaseTtlMs, logger } = settings;
  const lateMs = -session.beatInMs;
  if (lateMs > leaseTtlMs / LATE_BEAT_SHARE) {
    logger.log("warn", "a heartbeat is late: the event loop was blocked", { lateMs, leaseTtlMs });
  }
  await session.beatInTime();
}

/**
 * Past its own deadline nothing of a session may be used, whether the database answers or not. It
 * costs no statement, so it is also done in between, for a session that was lost before.
 */
async function deadlineRound({ settings, session }: WorkParts, turn: LoopTurn): Promise<void> {
  settings.kernel.expireSessions();
  const leftMs = session.ref && session.leftMs >= 0 ? session.leftMs + 1 : EXPIRE_MS;
  await turn.wait(Math.min(leftMs, EXPIRE_MS));
}
