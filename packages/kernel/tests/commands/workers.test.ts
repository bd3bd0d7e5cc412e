import { type AnyWorkflow, WorkflowBuilder } from "@pawl/kernel";
import type { ClaimedStage, CommitPlan, Persistence } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { begin, changesStages, claim, Fleet, Gate, LEASE_MS, register } from "./fleet.ts";
import { echo, fn, gated, nap, stage } from "./workflows.ts";

const workersOf = (h: Harness) => h.persistence.dump().workers;

describe("worker.register", () => {
  it("shows who works here, on what, until when, by database time [36]", async () => {
    const h = new Harness([echo, nap]);
    const session = await register(h, {
      workerId: "w-7",
      host: "box",
      pid: 42,
      build: "abc",
      queues: ["gpu"],
      labels: { zone: "a" },
    });
    expect(session).toMatchObject({ expiresAt: h.world.now + LEASE_MS, leaseMarginMs: 2_000 });
    expect(workersOf(h)).toMatchObject([
      {
        id: session.id,
        epoch: session.epoch,
        workerId: "w-7",
        host: "box",
        pid: 42,
        build: "abc",
        queues: ["gpu"],
        labels: { zone: "a" },
        status: "active",
        definitions: [echo.definition, nap.definition],
        load: 0,
        startedAt: h.world.now,
        expiresAt: h.world.now + LEASE_MS,
      },
    ]);
  });

  it("says how long before its expiry the lease is not used any more", async () => {
    const h = new Harness([echo], { limits: { leaseMarginMs: 5_000 } });
    expect(await register(h)).toMatchObject({ leaseMarginMs: 5_000 });
    expect(await register(h, { leaseTtlMs: 8_000 })).toMatchObject({ leaseMarginMs: 2_000 });
  });

  it("gives each registration a session of its own", async () => {
    const h = new Harness([echo]);
    const [a, b] = [await register(h), await register(h)];
    expect(a.id).not.toBe(b.id);
    expect(workersOf(h)).toHaveLength(2);
  });
});

describe("worker.beat", () => {
  it("renews the lease and shows the load [36]", async () => {
    const gate = new Gate();
    const h = new Harness([gated(gate)]);
    await h.start("gated");
    const session = await register(h);
    const { ends } = await begin(h, session);
    await h.world.advance(8_000);
    const beat = await h.kernel.dispatch({ type: "worker.beat", session });
    expect(beat).toEqual({ alive: true, draining: false });
    expect(workersOf(h)).toMatchObject([
      { load: 1, beatAt: h.world.now, expiresAt: h.world.now + LEASE_MS },
    ]);
    gate.open();
    await h.world.until(ends);
  });

  it("keeps an execution alive past its first lease", async () => {
    const gate = new Gate();
    const h = new Harness([gated(gate)]);
    const runId = await h.start("gated");
    const session = await register(h);
    const { ends } = await begin(h, session);
    for (let i = 0; i < 10; i++) {
      await h.world.advance(8_000);
      await h.kernel.dispatch({ type: "worker.beat", session });
      h.kernel.expireSessions();
      await h.kernel.maintain();
    }
    gate.open();
    expect(await h.world.until(ends)).toMatchObject([{ outcome: "completed" }]);
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
  });

  it("of a session that was given up while it was on its way is told that it is gone", async () => {
    const fleet = new Fleet([echo]);
    const slow = (inner: Persistence): Persistence => ({
      ...inner,
      heartbeat: async (session, beat) => {
        await fleet.world.runtime.after(10_000);
        return inner.heartbeat(session, beat);
      },
    });
    const h = fleet.process({ wrap: slow });
    const session = await register(h);
    await fleet.world.advance(LEASE_MS - 5_000);
    const beat = h.kernel.dispatch({ type: "worker.beat", session });
    await fleet.world.advance(4_000);
    h.kernel.expireSessions();
    expect(await fleet.world.until(beat)).toEqual({ alive: false, draining: false });
  });

  it("of a session that nobody knows is told so", async () => {
    const h = new Harness([echo]);
    const session = { id: "nobody", epoch: 1 };
    const beat = await h.kernel.dispatch({ type: "worker.beat", session });
    expect(beat).toMatchObject({ alive: false });
    expect(workersOf(h)).toEqual([]);
  });
});

describe("a session past its own deadline", () => {
  it("that runs nothing is given up by its process: nothing of it is kept", async () => {
    const h = new Harness([echo]);
    const session = await register(h);
    await h.world.advance(LEASE_MS);
    h.kernel.expireSessions();
    const expiresAt = workersOf(h)[0]?.expiresAt;
    const beat = await h.kernel.dispatch({ type: "worker.beat", session });
    expect(beat).toEqual({ alive: false, draining: false });
    expect(workersOf(h)).toMatchObject([{ expiresAt }]);
    const claimed = { stage: {} } as ClaimedStage;
    const executed = h.kernel.dispatch({ type: "job.execute", session, claimed });
    await expect(executed).rejects.toMatchObject({ code: "E_SESSION_LOST" });
  });
});

describe("what a session owns and does not execute", () => {
  it("is given back at the second heartbeat that finds it so, without a loss", async () => {
    const h = new Harness([echo]);
    await h.start("echo");
    const session = await register(h);
    await claim(h, session);
    const status = () => h.persistence.dump().stages[0];
    await h.kernel.dispatch({ type: "worker.beat", session });
    expect(status()).toMatchObject({ status: "running" });
    await h.kernel.dispatch({ type: "worker.beat", session });
    expect(status()).toMatchObject({ status: "ready", session: null, losses: 0 });
    await h.drain();
    expect((await h.kernel.query.listRuns()).runs).toMatchObject([{ status: "completed" }]);
  });

  it("is kept when its execution has begun by then", async () => {
    const gate = new Gate();
    const h = new Harness([gated(gate)]);
    await h.start("gated");
    const session = await register(h);
    const [claimed] = await claim(h, session);
    await h.kernel.dispatch({ type: "worker.beat", session });
    const end = h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! });
    await h.world.settle();
    for (let i = 0; i < 3; i++) await h.kernel.dispatch({ type: "worker.beat", session });
    gate.open();
    expect(await h.world.until(end)).toMatchObject({ outcome: "completed" });
  });
});

it("a session with a short lease works within it", async () => {
  const h = new Harness([echo]);
  const runId = await h.start("echo");
  const session = await register(h, { leaseTtlMs: 1_000 });
  const { ends } = await begin(h, session);
  expect(await h.world.until(ends)).toMatchObject([{ outcome: "completed" }]);
  expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
});

describe("query.listWorkers", () => {
  it("shows the sessions of this namespace that are not gone [36]", async () => {
    const fleet = new Fleet([echo]);
    const [h, other] = [fleet.process(), fleet.process({ namespace: "other" })];
    const [active, draining, gone] = [await register(h), await register(h), await register(h)];
    await register(other);
    await h.kernel.dispatch({ type: "worker.drain", session: draining });
    await h.kernel.dispatch({ type: "worker.deregister", session: gone });
    const listed = await h.kernel.query.listWorkers();
    expect(listed.map(({ id, status }) => [id, status])).toEqual([
      [active.id, "active"],
      [draining.id, "draining"],
    ]);
  });
});

describe("worker.drain", () => {
  it("asked for elsewhere is seen with the next heartbeat [39]", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const session = await register(h);
    const admin = fleet.process();
    const drained = await admin.kernel.dispatch({ type: "worker.drain", session });
    expect(drained).toEqual({ alive: true, draining: true });
    const beat = await h.kernel.dispatch({ type: "worker.beat", session });
    expect(beat).toEqual({ alive: true, draining: true });
  });

  it("lets what runs end under a lease still renewed, and claims no more [38]", async () => {
    const gate = new Gate();
    const h = new Harness([gated(gate), echo]);
    const runId = await h.start("gated");
    const session = await register(h);
    const { ends } = await begin(h, session);
    await h.kernel.dispatch({ type: "worker.drain", session });
    await h.start("echo");
    expect(await claim(h, session)).toEqual([]);
    for (let i = 0; i < 5; i++) {
      await h.world.advance(8_000);
      const beat = await h.kernel.dispatch({ type: "worker.beat", session });
      expect(beat).toMatchObject({ alive: true });
    }
    gate.open();
    expect(await h.world.until(ends)).toMatchObject([{ outcome: "completed" }]);
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
  });

  it("starts no next stage on the way", async () => {
    const gate = new Gate();
    const first = stage("first", (ctx) => ctx.step("wait", () => gate.passed));
    const two = new WorkflowBuilder("two").pipe(first).pipe(stage("second")).build();
    const h = new Harness([two]);
    await h.start("two");
    const session = await register(h);
    const { ends } = await begin(h, session);
    await h.kernel.dispatch({ type: "worker.drain", session });
    gate.open();
    expect(await h.world.until(ends)).toMatchObject([{ outcome: "completed", stages: 1 }]);
    const second = h.persistence.dump().stages.find((row) => row.stageId === "second");
    expect(second).toMatchObject({ status: "ready", session: null });
  });
});

describe("worker.deregister", () => {
  it("gives back at once what it owned, without a loss [38]", async () => {
    const gate = new Gate();
    const fleet = new Fleet([gated(gate)]);
    const h = fleet.process();
    await h.start("gated");
    const session = await register(h);
    const { ends } = await begin(h, session);
    const left = await h.kernel.dispatch({ type: "worker.deregister", session });
    expect(left).toEqual({ released: 1 });
    expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
    const { stages, workers } = h.persistence.dump();
    expect(stages).toMatchObject([{ status: "ready", session: null, losses: 0, attempt: 1 }]);
    expect(workers).toMatchObject([{ status: "gone" }]);
    expect(h.persistence.dump().attempts).toEqual([]);
    const other = fleet.process();
    expect(await claim(other, await register(other))).toHaveLength(1);
  });

  it("leaves no stage to nobody that a finish under way has started meanwhile", async () => {
    const fleet = new Fleet([new WorkflowBuilder("w").pipe(stage("a")).pipe(stage("b")).build()]);
    const opensB = (plan: CommitPlan) =>
      plan.writes.some((w) => w.op === "insert" && w.table === "stages" && w.row.stageId === "b");
    let finish: CommitPlan | undefined;
    let landed = false;
    let ending: Promise<{ released: number }> | undefined;
    const h: Harness = fleet.process({
      wrap: (inner) => ({
        ...inner,
        commit: async (plan) => {
          if (opensB(plan)) {
            if (landed) return new Promise(() => {});
            ending ??= h.kernel.dispatch({ type: "worker.deregister", session });
            finish = plan;
            return { ok: false, why: "busy", dbNow: fleet.world.now };
          }
          if (changesStages(plan) && finish && !landed) {
            landed = true;
            await inner.commit(finish);
          }
          return inner.commit(plan);
        },
      }),
    });
    await h.start("w");
    const session = await register(h);
    await begin(h, session);
    await fleet.world.advance(2_000);
    expect(await ending).toEqual({ released: 1 });
    expect(h.persistence.dump().stages).toMatchObject([
      { stageId: "a", status: "completed" },
      { stageId: "b", status: "ready", session: null, losses: 0 },
    ]);
    expect(workersOf(h)).toMatchObject([{ status: "gone" }]);
  });

  it("leaves what it can't give back to the reaper, at the end of the lease", async () => {
    const fleet = new Fleet([echo]);
    let refusing = true;
    const h = fleet.process({
      wrap: (inner) => ({
        ...inner,
        commit: async (plan) =>
          refusing && changesStages(plan)
            ? { ok: false, why: "fence", dbNow: fleet.world.now }
            : inner.commit(plan),
      }),
    });
    await h.start("echo");
    const session = await register(h);
    await claim(h, session);
    const left = await h.kernel.dispatch({ type: "worker.deregister", session });
    expect(left).toEqual({ released: 0 });
    expect(workersOf(h)).toMatchObject([{ status: "draining" }]);
    refusing = false;
    await fleet.world.advance(LEASE_MS);
    expect(await h.kernel.maintain()).toMatchObject({ staleReleased: 1 });
    expect(h.persistence.dump().stages).toMatchObject([{ status: "ready", session: null }]);
    expect(workersOf(h)).toMatchObject([{ status: "gone" }]);
  });

  it("ends the session: it claims nothing and its beats are not answered", async () => {
    const h = new Harness([echo]);
    const session = await register(h);
    expect(await h.kernel.dispatch({ type: "worker.deregister", session })).toEqual({
      released: 0,
    });
    await h.start("echo");
    expect(await claim(h, session)).toEqual([]);
    const beat = await h.kernel.dispatch({ type: "worker.beat", session });
    expect(beat).toMatchObject({ alive: false });
    const again = await h.kernel.dispatch({ type: "worker.deregister", session });
    expect(again).toEqual({ released: 0 });
    await h.world.advance(LEASE_MS);
    const reaped = await h.kernel.dispatch({ type: "lease.reapStale" });
    expect(reaped).toEqual({ sessions: 0, stages: 0 });
  });

  it("leaves nothing to a session that is gone, whenever a claim comes between", async () => {
    for (let turns = 0; turns < 30; turns++) {
      const h = new Harness([echo]);
      await h.start("echo");
      const session = await register(h);
      const claiming = async () => {
        for (let i = 0; i < turns; i++) await null;
        return claim(h, session);
      };
      const left = h.kernel.dispatch({ type: "worker.deregister", session });
      await Promise.all([left, claiming()]);
      await h.world.advance(LEASE_MS);
      await h.kernel.dispatch({ type: "lease.reapStale" });
      expect({ turns, stage: h.persistence.dump().stages[0] }).toMatchObject({
        turns,
        stage: { status: "ready", session: null },
      });
    }
  });

  it("leaves no start that was on its way to a session that is gone", async () => {
    const fleet = new Fleet([echo]);
    const [isIdle, landed] = [new Gate(), new Gate()];
    const h = fleet.process({ wrap: startingLate(isIdle, landed) });
    const session = await register(h);
    h.kernel.offerStartSlots(() => ({ session, use: () => {}, giveBack: () => {} }));
    const starting = h.start("echo", 1);
    await h.world.settle();
    await h.kernel.dispatch({ type: "worker.deregister", session });
    const runId = await starting;
    const other = fleet.process();
    await other.drain();
    expect(workersOf(other)).toMatchObject([{ status: "gone" }, {}]);
    expect((await other.kernel.query.getRun(runId)).status).toBe("completed");
  });

  it("that can't be told to others leaves the session to its lease", async () => {
    const h: Harness = new Harness([echo], {
      wrap: (inner) => ({
        ...inner,
        commit: async (plan) =>
          drains(plan) ? { ok: false, why: "rev", dbNow: h.world.now } : inner.commit(plan),
      }),
    });
    const session = await register(h);
    await h.kernel.dispatch({ type: "worker.deregister", session });
    expect(workersOf(h)).toMatchObject([{ status: "active" }]);
  });

  it("that dies half way leaves nothing behind that nobody would take over", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const runId = await h.start("echo");
    const session = await register(h);
    await claim(h, session);
    const dying = fleet.process({
      faults: ({ plan }) => (changesStages(plan) ? "unavailable" : undefined),
    });
    dying.kernel.dispatch({ type: "worker.deregister", session }).catch(() => {});
    await fleet.world.settle();
    await fleet.world.advance(LEASE_MS);
    await fleet.process().kernel.dispatch({ type: "lease.reapStale" });
    const row = h.persistence.dump().stages.find((one) => one.runId === runId);
    expect(row).toMatchObject({ status: "ready" });
  });
});

const creates = ({ writes }: CommitPlan): boolean =>
  writes.some((write) => write.op === "insert" && write.table === "runs");

/** The commit of a start is late: it comes when the session was found to own nothing. */
const startingLate =
  (isIdle: Gate, landed: Gate) =>
  (inner: Persistence): Persistence => ({
    ...inner,
    capabilities: { ...inner.capabilities, commitLanes: 61 },
    commit: async (plan) => {
      if (!creates(plan)) return inner.commit(plan);
      await isIdle.passed;
      const result = await inner.commit(plan);
      landed.open();
      return result;
    },
    query: {
      ...inner.query,
      find: async (asked) => {
        const rows = await inner.query.find(asked);
        if (asked.table !== "stages" || rows.length > 0) return rows;
        isIdle.open();
        await landed.passed;
        return rows;
      },
    },
  });

const drains = ({ writes }: CommitPlan): boolean =>
  writes.some(
    (write) =>
      write.op === "update" && write.table === "workers" && write.set.status === "draining",
  );

describe("definitions", () => {
  const shaped = (...ids: string[]): AnyWorkflow =>
    ids
      .reduce((builder, id) => builder.pipe(stage(id) as never) as never, new WorkflowBuilder("w"))
      .build();

  it("are stored once, with their graph, for readers without code", async () => {
    const fleet = new Fleet([shaped("a", "b")]);
    await Promise.all([register(fleet.process()), register(fleet.process())]);
    const h = fleet.process();
    await register(h);
    const { definitions } = h.persistence.dump();
    expect(definitions).toMatchObject([
      {
        workflowId: "w",
        workflowVersion: "1",
        graph: {
          stages: [
            { id: "a", after: [] },
            { id: "b", after: ["a"] },
          ],
        },
      },
    ]);
  });

  it("of a version whose live runs have another structure are refused [5] [95]", async () => {
    const fleet = new Fleet([shaped("a", "b")]);
    const old = fleet.process();
    await old.start("w");
    await register(old);
    const changed = fleet.process({}, [shaped("a", "c")]);
    await expect(register(changed)).rejects.toMatchObject({
      code: "E_WORKFLOW_DRIFT",
      details: { workflowId: "w" },
    });
    expect(workersOf(changed)).toHaveLength(1);
  });

  it("may change once no run of the old structure is alive", async () => {
    const fleet = new Fleet([shaped("a", "b")]);
    const old = fleet.process();
    await old.start("w");
    await old.drain();
    const changed = fleet.process({}, [shaped("a", "c")]);
    await expect(register(changed)).resolves.toMatchObject({ epoch: 1 });
  });

  it("of a new version stand beside the old, each with its own runs [95]", async () => {
    const one = fn("v", async () => "one", { version: "1" });
    const two = fn("v", async () => "two", { version: "2" });
    const fleet = new Fleet([one]);
    const old = fleet.process();
    const first = await old.start("v");
    const both = fleet.process({}, [one, two]);
    const second = await both.start("v");
    await old.drain();
    expect((await both.kernel.query.getRun(second)).status).toBe("running");
    await both.drain();
    expect((await both.kernel.query.getRun(first)).output).toBe("one");
    expect((await both.kernel.query.getRun(second)).output).toBe("two");
  });

  // because only worker.register stores definitions, and drift is looked for among those
  it("drift from runs of a process that only starts them is seen too", async () => {
    const fleet = new Fleet([shaped("a", "b")]);
    await fleet.process().start("w");
    const changed = fleet.process({}, [shaped("a", "c")]);
    await expect(register(changed)).rejects.toMatchObject({ code: "E_WORKFLOW_DRIFT" });
  });
});
