import type { SeenSession, WorkerRow } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import {
  after,
  before,
  begin,
  changesStages,
  claim,
  eventTypes,
  Fleet,
  Gate,
  LEASE_MS,
  register,
} from "./fleet.ts";
import { echo, fn } from "./workflows.ts";

const reap = (h: Harness) => h.kernel.dispatch({ type: "lease.reapStale" });
const stageOf = (h: Harness, runId: string) =>
  h.persistence.dump().stages.find((stage) => stage.runId === runId)!;

/** Claims what there is, dies with it and is reaped. */
async function lose(h: Harness, more: object = {}): Promise<number> {
  const claimed = await claim(h, await register(h), more);
  await h.world.advance(LEASE_MS);
  await reap(h);
  return claimed.length;
}

describe("lease.reapStale", () => {
  it("takes a dead session's stage at the end of its lease, not before [29] [37]", async () => {
    const h = new Harness([echo]);
    const runId = await h.start("echo");
    await claim(h, await register(h));
    await h.world.advance(LEASE_MS - 1);
    expect(await reap(h)).toEqual({ sessions: 0, stages: 0 });
    expect(stageOf(h, runId)).toMatchObject({ status: "running", fence: 1 });
    await h.world.advance(1);
    expect(await reap(h)).toEqual({ sessions: 1, stages: 1 });
    expect(stageOf(h, runId)).toMatchObject({ status: "ready", fence: 2, session: null });
    expect(await reap(h)).toEqual({ sessions: 0, stages: 0 });
    expect(await claim(h, await register(h))).toHaveLength(1);
  });

  it("of a first loss costs no attempt and marks nothing [33]", async () => {
    const h = new Harness([echo]);
    const runId = await h.start("echo");
    await lose(h);
    expect(stageOf(h, runId)).toMatchObject({
      attempt: 1,
      losses: 1,
      lossesCounted: 0,
      suspect: false,
      held: false,
      failure: null,
    });
    const { attempts } = await h.kernel.query.getTimeline(runId);
    expect(attempts).toMatchObject([{ outcome: "lost", counted: false, step: "", attempt: 1 }]);
    expect(eventTypes(h, runId)).toEqual(["run.created"]);
    await h.drain();
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
  });

  it("checks again in its own commit: a heartbeat since then keeps the session [37]", async () => {
    const fleet = new Fleet([echo]);
    const worker = fleet.process();
    const runId = await worker.start("echo");
    const session = await register(worker);
    await claim(worker, session);
    await fleet.world.advance(LEASE_MS);
    const beat = () => worker.kernel.dispatch({ type: "worker.beat", session });
    const reaper = fleet.process({ wrap: after("sweep", async () => void (await beat())) });
    expect(await reap(reaper)).toEqual({ sessions: 0, stages: 0 });
    expect(stageOf(reaper, runId)).toMatchObject({ status: "running", session: session.id });
    expect(await beat()).toMatchObject({ alive: true });
  });

  it("takes nothing from a session that beat after it was found expired [I13]", async () => {
    const fleet = new Fleet([echo]);
    const worker = fleet.process();
    const runId = await worker.start("echo");
    const session = await register(worker);
    await claim(worker, session);
    await fleet.world.advance(LEASE_MS);
    let beats = 0;
    const meanwhile = before("commit", async () => {
      beats += 1;
      if (beats === 1) await worker.kernel.dispatch({ type: "worker.beat", session });
    });
    const reaper = fleet.process({ wrap: meanwhile });
    expect(await reap(reaper)).toEqual({ sessions: 0, stages: 0 });
    expect(beats).toBeGreaterThan(0);
    expect(stageOf(reaper, runId)).toMatchObject({ status: "running", fence: 1, losses: 0 });
  });

  it("takes what the session was just about to claim, too [37]", async () => {
    const fleet = new Fleet([echo]);
    const worker = fleet.process();
    const runId = await worker.start("echo");
    const { id: session, epoch: sessionEpoch } = await register(worker);
    await fleet.world.advance(LEASE_MS);
    const { stageId, mapIndex, generation } = stageOf(worker, runId);
    const key = { runId, stageId, mapIndex, generation };
    const set = { status: "running", fence: 1, session, sessionEpoch } as const;
    const empty = { guards: [], events: [], intents: [], dispatch: [] };
    let commits = 0;
    // A claim holds the session's row until it commits: whoever changes that row comes after it.
    const underWay = before("commit", async () => {
      commits += 1;
      if (commits > 1) return;
      const writes = [{ op: "update", table: "stages", key, set }] as const;
      await worker.persistence.commit({ commitId: "claim", writes, ...empty });
    });
    const reaper = fleet.process({ wrap: underWay });
    expect(await reap(reaper)).toEqual({ sessions: 1, stages: 1 });
    expect(stageOf(reaper, runId)).toMatchObject({ status: "ready", fence: 2, session: null });
  });

  it("by several reapers at once counts one loss and raises the fence once [37]", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const runIds = [await h.start("echo", 1), await h.start("echo", 2)];
    await claim(h, await register(h));
    await fleet.world.advance(LEASE_MS);
    const reapers = [h, fleet.process(), fleet.process()];
    const counts = await Promise.all(reapers.map(reap));
    expect(counts.reduce((sum, { stages }) => sum + stages, 0)).toBe(2);
    for (const id of runIds) expect(stageOf(h, id)).toMatchObject({ fence: 2, losses: 1 });
    expect(h.persistence.dump().attempts).toHaveLength(2);
  });

  it("never changes a stage that ended since it was read [2 of other engines]", async () => {
    const fleet = new Fleet([echo]);
    const start = fleet.world.now;
    const clock = { now: () => start, monotonic: () => start };
    const worker = fleet.process({ clock });
    const runId = await worker.start("echo", 5);
    const session = await register(worker);
    const [claimed] = await claim(worker, session);
    await fleet.world.advance(LEASE_MS);
    let ended = false;
    const finish = before("commit", async () => {
      if (ended) return;
      ended = true;
      await worker.kernel.dispatch({ type: "job.execute", session, claimed: claimed! });
    });
    await reap(fleet.process({ wrap: finish }));
    expect(await worker.kernel.query.getRun(runId)).toMatchObject({
      status: "completed",
      output: 5,
    });
    expect(stageOf(worker, runId)).toMatchObject({ status: "completed", losses: 0 });
  });

  it("tells the late heartbeat that the session is gone, and stops what it ran [37]", async () => {
    const gate = new Gate();
    let signal: AbortSignal | undefined;
    const waits = fn("waits", async (ctx) => {
      signal = ctx.abortSignal as AbortSignal;
      await ctx.step("s", () => gate.passed);
    });
    const fleet = new Fleet([waits]);
    const worker = fleet.process();
    await worker.start("waits");
    const session = await register(worker);
    const { ends } = await begin(worker, session);
    await fleet.world.advance(LEASE_MS);
    await reap(fleet.process());
    expect(signal?.aborted).toBe(false);
    const late = await worker.kernel.dispatch({ type: "worker.beat", session });
    expect(late).toMatchObject({ alive: false });
    expect(signal?.aborted).toBe(true);
    expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
    expect(await claim(worker, session)).toEqual([]);
  });

  it("keeps the retry budget apart from losses [33]", async () => {
    let bodies = 0;
    const failing = fn(
      "failing",
      async () => {
        bodies += 1;
        throw new Error(`no ${bodies}`);
      },
      { retry: { maxAttempts: 2, initialDelay: 1_000, jitter: 0 } },
    );
    const h = new Harness([failing]);
    const runId = await h.start("failing");
    await lose(h);
    await h.round();
    await h.world.advance(1_000);
    await lose(h);
    expect(stageOf(h, runId)).toMatchObject({ status: "ready", attempt: 2 });
    await h.round();
    expect(bodies).toBe(2);
    expect((await h.kernel.query.getRun(runId)).status).toBe("failed");
    const { attempts } = await h.kernel.query.getTimeline(runId);
    const told = attempts.map(({ attempt, outcome }) => `${attempt} ${outcome}`).sort();
    expect(told).toEqual(["1 failed", "1 lost", "2 failed", "2 lost"]);
  });
});

describe("lease.reapStale of sessions whose process is known to be gone", () => {
  const reapDead = (h: Harness, ...dead: (string | SeenSession)[]) =>
    h.kernel.dispatch({ type: "lease.reapStale", dead });

  it("does not wait for their leases, and counts the loss", async () => {
    const h = new Harness([echo]);
    const runId = await h.start("echo", 1);
    const dead = await register(h);
    await claim(h, dead);
    const living = await register(h);
    const other = await h.start("echo", 2);
    await claim(h, living);
    expect(await reapDead(h, dead.id, "nobody")).toEqual({ sessions: 1, stages: 1 });
    expect(stageOf(h, runId)).toMatchObject({ status: "ready", losses: 1, fence: 2 });
    expect(stageOf(h, other)).toMatchObject({ status: "running", session: living.id });
    expect(await reapDead(h, dead.id)).toEqual({ sessions: 0, stages: 0 });
  });

  it("spares one that has beaten since it was seen", async () => {
    const h = new Harness([echo]);
    const runId = await h.start("echo", 1);
    const session = await register(h);
    await claim(h, session);
    const [seen] = await h.kernel.query.listWorkers();
    await h.kernel.dispatch({ type: "worker.beat", session });
    expect(await reapDead(h, seen as WorkerRow)).toEqual({ sessions: 0, stages: 0 });
    expect(stageOf(h, runId)).toMatchObject({ status: "running", session: session.id });
    const [again] = await h.kernel.query.listWorkers();
    expect(await reapDead(h, again as WorkerRow)).toEqual({ sessions: 1, stages: 1 });
  });

  it("touches none of another namespace [51]", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    await h.start("echo");
    const session = await register(h);
    await claim(h, session);
    const rows = h.persistence.dump();
    await reapDead(fleet.process({ namespace: "other" }), session.id);
    expect(h.persistence.dump()).toEqual(rows);
  });
});

describe("a stage lost again without a new record", () => {
  it("is suspect: passed over by others, and claimed alone [34]", async () => {
    const h = new Harness([echo]);
    const suspect = await h.start("echo", 1);
    await lose(h);
    await lose(h);
    expect(stageOf(h, suspect)).toMatchObject({ suspect: true, losses: 2, lossesCounted: 0 });
    const other = await h.start("echo", 2);
    const third = await h.start("echo", 3);
    const session = await register(h);
    const taken = (await claim(h, session)).map((one) => one.stage.runId);
    expect(taken).toEqual([other, third]);
    const alone = await claim(h, await register(h), { alone: true });
    expect(alone.map((one) => one.stage.runId)).toEqual([suspect]);
  });

  it("is quarantined after three losses alone, with a dead letter [34] [I14]", async () => {
    const h = new Harness([echo]);
    const runId = await h.start("echo");
    for (let i = 0; i < 2; i++) expect(await lose(h)).toBe(1);
    for (const counted of [1, 2]) {
      expect(await lose(h, { alone: true })).toBe(1);
      expect(stageOf(h, runId)).toMatchObject({ lossesCounted: counted, held: false });
    }
    expect(await lose(h, { alone: true })).toBe(1);
    expect(stageOf(h, runId)).toMatchObject({
      status: "ready",
      held: true,
      holdReason: "quarantined",
      failure: { code: "E_SESSION_LOST" },
    });
    expect(eventTypes(h, runId)).toEqual(["run.created", "stage.held"]);
    const letters = await h.kernel.dispatch({ type: "deadletter.list" });
    expect(letters).toMatchObject([{ kind: "stage", reason: "quarantined", runId }]);
    const session = await register(h);
    expect(await claim(h, session)).toEqual([]);
    expect(await claim(h, session, { alone: true })).toEqual([]);
    expect((await h.kernel.query.getRun(runId)).status).toBe("running");
    const { attempts } = await h.kernel.query.getTimeline(runId);
    expect(attempts.map((row) => row.counted).sort()).toEqual([false, false, true, true, true]);
  });

  it("of another limit is quarantined at that [34]", async () => {
    const h = new Harness([echo], { limits: { lossesCountedMax: 1 } });
    const runId = await h.start("echo");
    for (const alone of [false, false, true]) await lose(h, alone ? { alone } : {});
    expect(stageOf(h, runId)).toMatchObject({ held: true, holdReason: "quarantined" });
  });
});

/** Its body records a step at each execution before it hangs. */
const stepping = (until: number) =>
  fn("stepping", async (ctx) => {
    for (let i = 0; i < until; i++) {
      await ctx.step("s", () => i);
      await ctx.step("hang", () => new Promise(() => {}), { timeout: "1 day" });
    }
  });

it("a new record clears the mark: a loss after it is a first loss [34]", async () => {
  const h = new Harness([stepping(1)]);
  const runId = await h.start("stepping");
  await lose(h);
  await lose(h);
  await lose(h, { alone: true });
  expect(stageOf(h, runId)).toMatchObject({ suspect: true, losses: 3, lossesCounted: 1 });
  const session = await register(h);
  const [claimed] = await claim(h, session, { alone: true });
  void h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! });
  await h.world.settle();
  expect(h.persistence.dump().steps).toHaveLength(1);
  await h.world.advance(LEASE_MS);
  await reap(h);
  expect(stageOf(h, runId)).toMatchObject({ suspect: false, losses: 1, lossesCounted: 0 });
  expect(await claim(h, await register(h))).toHaveLength(1);
});

it("a wait that ended is progress like a record: a loss after it is a first loss", async () => {
  const h = new Harness([fn("naps", (ctx) => ctx.sleep("nap", 1_000))]);
  const runId = await h.start("naps");
  await lose(h);
  expect(stageOf(h, runId)).toMatchObject({ losses: 1 });
  await h.round();
  await h.world.advance(1_000);
  await lose(h);
  expect(stageOf(h, runId)).toMatchObject({ losses: 1, suspect: false, lossSeq: 1 });
  await lose(h);
  expect(stageOf(h, runId)).toMatchObject({ losses: 2, suspect: true });
});

it("a suspect that records something and suspends is claimed like any other", async () => {
  const h = new Harness([
    fn("records", async (ctx) => {
      await ctx.step("s", () => 1);
      await ctx.sleep("nap", 1_000);
    }),
  ]);
  await h.start("records");
  await lose(h);
  await lose(h);
  const session = await register(h);
  const [claimed] = await claim(h, session, { alone: true });
  await h.world.until(h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! }));
  await h.world.advance(1_000);
  expect(await claim(h, session)).toHaveLength(1);
});

describe("a suspect that is given back", () => {
  it.each([
    ["is like any other once it has recorded something", 1, false],
    ["stays suspect without a new record", 0, true],
  ] as const)("with its session %s", async (_, records, suspect) => {
    const hangs = fn("hangs", async (ctx) => {
      for (let i = 0; i < records; i++) await ctx.step(`s${i}`, () => i);
      await ctx.step("hangs", () => new Promise(() => {}));
    });
    const h = new Harness([hangs]);
    const runId = await h.start("hangs");
    await lose(h);
    await lose(h);
    expect(stageOf(h, runId)).toMatchObject({ suspect: true });
    const session = await register(h);
    const [claimed] = await claim(h, session, { alone: true });
    void h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! });
    await h.world.settle();
    await h.kernel.dispatch({ type: "worker.deregister", session });
    expect(stageOf(h, runId)).toMatchObject({ status: "ready", suspect });
  });

  it("since its run was paused is like any other once it has recorded", async () => {
    const fleet = new Fleet([
      fn("w", async (ctx) => {
        await ctx.step("a", () => fleet.world.runtime.after(1_000));
        await ctx.step("b", () => 2);
      }),
    ]);
    const h = fleet.process();
    const workflowRunId = await h.start("w");
    await lose(h);
    await lose(h);
    const session = await register(h);
    const [claimed] = await claim(h, session, { alone: true });
    const ends = h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! });
    await fleet.world.advance(500);
    await h.kernel.dispatch({ type: "run.pause", workflowRunId });
    await fleet.world.until(ends);
    expect(h.persistence.dump().steps.map((step) => step.key)).toEqual(["a"]);
    expect(stageOf(h, workflowRunId)).toMatchObject({ status: "ready", suspect: false });
  });

  it("since its end could not be written is like any other once it has recorded", async () => {
    let failing = false;
    const fleet = new Fleet([fn("steps", (ctx) => ctx.step("a", () => 1))]);
    const h = fleet.process({
      faults: ({ plan }) => (failing && changesStages(plan) ? "unavailable" : undefined),
    });
    const runId = await h.start("steps");
    await lose(h);
    await lose(h);
    const session = await register(h);
    const [claimed] = await claim(h, session, { alone: true });
    failing = true;
    const ends = h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! });
    await fleet.world.until(ends);
    failing = false;
    expect(stageOf(h, runId)).toMatchObject({ status: "running", suspect: true });
    for (let i = 0; i < 2; i++) await h.kernel.dispatch({ type: "worker.beat", session });
    expect(stageOf(h, runId)).toMatchObject({ status: "ready", suspect: false });
  });
});

it("no neighbour of a stage that kills its process is ever convicted [34]", async () => {
  const h = new Harness([echo]);
  const poison = await h.start("echo", "poison");
  const neighbours: string[] = [];
  for (let i = 0; i < 3; i++) neighbours.push(await h.start("echo", i));
  let deaths = 0;
  for (let rounds = 0; rounds < 20; rounds++) {
    const session = await register(h);
    const shared = await claim(h, session);
    const claimed = shared.length > 0 ? shared : await claim(h, session, { alone: true });
    if (claimed.some((one) => one.stage.runId === poison)) {
      deaths += 1;
      await h.world.advance(LEASE_MS);
      await reap(h);
    } else {
      for (const one of claimed) {
        await h.kernel.dispatch({ type: "job.execute", session, claimed: one });
      }
    }
  }
  expect(deaths).toBe(5);
  expect(stageOf(h, poison)).toMatchObject({ held: true, holdReason: "quarantined" });
  for (const id of neighbours) {
    expect(stageOf(h, id)).toMatchObject({ status: "completed", lossesCounted: 0 });
  }
});

it("a reaper that dies between session and stages leaves them to the next one", async () => {
  const fleet = new Fleet([echo]);
  const h = fleet.process();
  const runId = await h.start("echo");
  await claim(h, await register(h));
  await fleet.world.advance(LEASE_MS);
  const dying = fleet.process({
    faults: ({ plan }) => (changesStages(plan) ? "unavailable" : undefined),
  });
  const reaping = reap(dying);
  reaping.catch(() => {});
  await fleet.world.advance(200);
  await reap(fleet.process());
  expect(stageOf(h, runId)).toMatchObject({ status: "ready" });
});

it("a store that refuses the reaper's writes does not keep it busy for ever", async () => {
  const fleet = new Fleet([echo]);
  const h = fleet.process();
  await h.start("echo");
  await claim(h, await register(h));
  await fleet.world.advance(LEASE_MS);
  let tries = 0;
  const faulty = fleet.process({
    faults: ({ plan }) => {
      if (!changesStages(plan)) return undefined;
      tries += 1;
      return tries < 100 ? "unavailable" : undefined;
    },
  });
  await fleet.world.until(reap(faulty));
  expect(tries).toBeLessThan(20);
});
