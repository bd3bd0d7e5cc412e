import { EngineError, PersistenceUnavailableError, type RunCreated } from "@pawl/kernel";
import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
import type { Fault } from "@pawl/persistence-memory";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { begin, Gate } from "./fleet.ts";
import { echo, fn, nap } from "./workflows.ts";

/** Every batch as the store got it. */
const recorded =
  (batches: CommitPlan[][]) =>
  (persistence: Persistence): Persistence => ({
    ...persistence,
    commit: (plan) => {
      batches.push([plan]);
      return persistence.commit(plan);
    },
    commitMany: (plans) => {
      batches.push([...plans]);
      return persistence.commitMany(plans);
    },
  });

const runOf = ({ guards, events }: CommitPlan): string | undefined => {
  for (const guard of guards) {
    if (guard.kind === "stage") return guard.key.runId;
    if (guard.kind === "rev" || guard.kind === "live") return guard.runId;
  }
  return events[0]?.runId;
};

/** Keys of the steps that a plan records. */
const keysOf = ({ writes }: CommitPlan): string[] =>
  writes.flatMap((write) =>
    write.op === "insert" && write.table === "steps" ? [write.row.key] : [],
  );

const unavailable = (): Error => new PersistenceUnavailableError("the answer was lost");

const starts = (h: Harness, count: number, more: object = {}) =>
  h.kernel.dispatch({
    type: "run.createMany",
    runs: Array.from({ length: count }, (_, n) => ({ workflowId: "echo", input: n, ...more })),
  });

describe("group commit", () => {
  it("writes what queued during a commit as one batch, bounded", async () => {
    const batches: CommitPlan[][] = [];
    const h = new Harness([echo], { wrap: recorded(batches), limits: { commitBatchMax: 8 } });
    const outcomes = await starts(h, 40);
    expect(outcomes.every((one) => "workflowRunId" in one)).toBe(true);
    expect(Math.max(...batches.map((plans) => plans.length))).toBe(8);
    expect(batches.length).toBeLessThanOrEqual(7);
    expect(h.persistence.dump().runs).toHaveLength(40);
  });

  it("keeps a run in one lane, which waits for no other", async () => {
    const batches: CommitPlan[][] = [];
    const gates = new Map<string | undefined, Gate>();
    const wrap = (inner: Persistence): Persistence => ({
      ...inner,
      capabilities: { ...inner.capabilities, commitLanes: 4 },
      commit: async (plan) => {
        batches.push([plan]);
        await gates.get(runOf(plan))?.passed;
        return inner.commit(plan);
      },
      commitMany: (plans) => {
        batches.push([...plans]);
        return inner.commitMany(plans);
      },
    });
    const h = new Harness([nap], { wrap });
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await h.start("nap"));
    const ask = (type: "run.pause" | "run.cancel", workflowRunId: string) =>
      h.kernel.dispatch({ type, workflowRunId });
    const held = ids[0] as string;
    const gate = new Gate();
    gates.set(held, gate);
    batches.length = 0;
    const paused = ask("run.pause", held);
    await h.world.settle();
    const cancelled = ask("run.cancel", held);
    const others = ids.slice(1).map((id) => ask("run.cancel", id));
    await h.world.settle();
    const reached = new Set(batches.flat().map(runOf));
    expect(reached.size).toBeGreaterThan(4);
    expect(batches.flat().filter((plan) => runOf(plan) === held)).toHaveLength(1);
    gate.open();
    await h.world.until(Promise.all([paused, cancelled, ...others]));
    for (const id of ids) expect((await h.kernel.query.getRun(id)).status).toBe("cancelled");
  });

  it("lets no plan wait for a key that a transaction of somebody else's holds", async () => {
    const gate = new Gate();
    const held = async (plans: readonly CommitPlan[]): Promise<void> => {
      const keyed = plans.some(({ writes }) =>
        writes.some((write) => write.op === "insert" && write.table === "idempotency"),
      );
      if (keyed) await gate.passed;
    };
    const wrap = (inner: Persistence): Persistence => ({
      ...inner,
      capabilities: { ...inner.capabilities, commitLanes: 4 },
      commit: (plan) => held([plan]).then(() => inner.commit(plan)),
      commitMany: (plans) => held(plans).then(() => inner.commitMany(plans)),
    });
    const h = new Harness([echo], { wrap });
    const keyed = h.start("echo", 0, { idempotencyKey: "k" });
    await starts(h, 12);
    expect(h.persistence.dump().runs).toHaveLength(12);
    gate.open();
    await h.world.until(keyed);
    expect(h.persistence.dump().runs).toHaveLength(13);
  });

  it("commits at once when nothing is under way: no time passes", async () => {
    const batches: CommitPlan[][] = [];
    const h = new Harness([echo], { wrap: recorded(batches) });
    await h.session();
    batches.length = 0;
    const before = h.world.now;
    await h.start("echo");
    expect(batches).toHaveLength(1);
    expect(h.world.now).toBe(before);
  });

  it("holds at most one plan of a run in a batch", async () => {
    const batches: CommitPlan[][] = [];
    const h = new Harness([nap], { wrap: recorded(batches) });
    const ids = [await h.start("nap"), await h.start("nap"), await h.start("nap")];
    const verbs = ["run.pause", "run.cancel", "run.terminate", "run.pause"] as const;
    const asked = ids.flatMap((workflowRunId) =>
      verbs.map((type) => h.kernel.dispatch({ type, workflowRunId }).catch(() => {})),
    );
    await Promise.all(asked);
    expect(batches.some((plans) => plans.length > 1)).toBe(true);
    for (const plans of batches) {
      const runs = plans.map(runOf);
      expect(new Set(runs).size).toBe(runs.length);
    }
  });

  it("writes parallel steps of a stage as one plan, each with its record", async () => {
    const batches: CommitPlan[][] = [];
    const ten = Array.from({ length: 10 }, (_, i) => i);
    const wide = fn("wide", (ctx) => ctx.all(ten.map((i) => ctx.step(`s${i}`, () => i))));
    const h = new Harness([wide], { wrap: recorded(batches) });
    const id = await h.start("wide");
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({ output: ten });
    expect(batches.flat().filter((plan) => keysOf(plan).length > 0).length).toBeLessThanOrEqual(3);
    const { steps } = h.persistence.dump();
    expect(steps.map((step) => step.key)).toEqual(ten.map((i) => `s${i}`));
    expect(new Set(steps.map((step) => step.seq)).size).toBe(10);
  });

  it("gives each plan its own outcome: one that is refused harms no other", async () => {
    const h = new Harness([echo]);
    const key = { idempotencyKey: "k" };
    const runs = Array.from({ length: 10 }, (_, n) => ({
      workflowId: "echo",
      input: n,
      ...(n % 2 === 0 ? key : {}),
    }));
    const outcomes = await h.kernel.dispatch({ type: "run.createMany", runs });
    const made = outcomes.filter((one): one is RunCreated => "workflowRunId" in one);
    expect(made).toHaveLength(6);
    expect(h.persistence.dump().runs).toHaveLength(6);
    for (const one of outcomes) {
      if ("error" in one) expect(one.error).toMatchObject({ code: "E_IDEMPOTENCY_CONFLICT" });
    }
  });

  it("lets no plan that the store throws at take its neighbours with it", async () => {
    const poisoned = (plan: CommitPlan) =>
      plan.writes.some(
        (write) => write.op === "insert" && "queue" in write.row && write.row.queue === "poison",
      );
    const refuse = () => Promise.reject(new EngineError("E_PAYLOAD_TOO_LARGE", "the row is full"));
    const h = new Harness([echo], {
      wrap: (persistence) => ({
        ...persistence,
        commit: (plan) => (poisoned(plan) ? refuse() : persistence.commit(plan)),
        commitMany: (plans) => (plans.some(poisoned) ? refuse() : persistence.commitMany(plans)),
      }),
    });
    const runs = ["a", "b", "poison", "c", "d"].map((queue) => ({ workflowId: "echo", queue }));
    const outcomes = await h.kernel.dispatch({ type: "run.createMany", runs });
    const told = outcomes.map((one) => ("error" in one ? "error" : one.status));
    expect(told).toEqual(["running", "running", "error", "running", "running"]);
    expect(outcomes[2]).toMatchObject({ error: { code: "E_PAYLOAD_TOO_LARGE" } });
  });
});

describe("a row that a foreign transaction holds", () => {
  it("is tried again until it is free; others do not wait for it [114]", async () => {
    let busy = 6;
    const h = new Harness([echo], {
      faults: ({ plan }) =>
        plan?.writes.some((write) => write.op === "insert" && write.table === "idempotency") &&
        busy-- > 0
          ? "busy"
          : undefined,
    });
    const begun = h.world.now;
    const held = h.kernel.dispatch({ type: "run.create", workflowId: "echo", idempotencyKey: "k" });
    await starts(h, 5);
    expect(h.world.now).toBe(begun);
    expect(await h.world.until(held)).toMatchObject({ replayed: false });
    expect(h.world.now).toBeGreaterThan(begun);
    expect(busy).toBe(-1);
    expect(h.persistence.dump().runs).toHaveLength(6);
  });

  it("for ever is answered in the end as a conflict, with nothing written [114]", async () => {
    const h = new Harness([echo], { faults: ({ plan }) => (plan ? "busy" : undefined) });
    const asked = h.world.until(h.start("echo"));
    await expect(asked).rejects.toMatchObject({ code: "E_CONFLICT" });
    expect(Object.values(h.persistence.dump()).flat()).toEqual([]);
  });
});

describe("a store out of reach", () => {
  it("is given up after a bounded number of tries, all with one commit id [114]", async () => {
    const ids: string[] = [];
    const h = new Harness([echo], {
      faults: ({ plan }) => {
        if (!plan) return undefined;
        ids.push(plan.commitId);
        return "unavailable";
      },
    });
    const asked = h.world.until(h.start("echo"));
    await expect(asked).rejects.toMatchObject({ code: "E_PERSISTENCE_UNAVAILABLE" });
    expect(ids.length).toBeGreaterThan(1);
    expect(ids.length).toBeLessThan(20);
    expect(new Set(ids).size).toBe(1);
    expect(Object.values(h.persistence.dump()).flat()).toEqual([]);
  });

  /** Starts, steps, sleeps, fails, retries, pauses, resumes, cancels, replays and purges. */
  async function everything(faults: (commit: number) => Fault | undefined) {
    let commits = 0;
    const bodies: string[] = [];
    let broken = true;
    const busy = fn("busy", async (ctx) => {
      await ctx.all(["a", "b", "c"].map((key) => ctx.step(key, () => void bodies.push(key))));
      await ctx.step("once", () => void bodies.push("once"), { mode: "atMostOnce" });
      ctx.log("info", "hello");
      await ctx.sleep("nap", "1 hour");
      await ctx.step("flaky", ({ attempt }) => {
        bodies.push("flaky");
        if (attempt === 1) throw new Error("once");
      });
      return "done";
    });
    const fragile = fn(
      "fragile",
      async () => {
        bodies.push("fragile");
        if (broken) throw new Error("no");
      },
      { retry: { maxAttempts: 2, initialDelay: 10, jitter: 0 } },
    );
    const h = new Harness([busy, fragile, nap], {
      faults: ({ plan }) => (plan ? faults(++commits) : undefined),
    });
    const go = <T>(work: Promise<T>): Promise<T> => h.world.until(work);
    const work = async (rounds: number) => {
      for (let i = 0; i < rounds; i++) {
        await h.round();
        await go(h.kernel.maintain());
        await h.world.advance(600_000);
      }
    };
    await go(h.session());
    const one = await go(h.start("busy", 1, { idempotencyKey: "k" }));
    const two = await go(h.start("fragile"));
    const three = await go(h.start("nap"));
    await work(3);
    await go(h.kernel.dispatch({ type: "run.pause", workflowRunId: three }));
    await go(h.kernel.dispatch({ type: "run.resume", workflowRunId: three }));
    await go(h.kernel.dispatch({ type: "run.cancel", workflowRunId: three }));
    broken = false;
    const [letter] = await h.kernel.dispatch({ type: "deadletter.list" });
    await go(h.kernel.dispatch({ type: "deadletter.replay", id: letter!.id }));
    await work(6);
    const { events, audit, steps, attempts, logs, runs } = h.persistence.dump();
    const types = [one, two, three].map((id) =>
      events
        .filter((event) => event.runId === id)
        .sort((a, b) => a.rev - b.rev)
        .map((event) => event.type),
    );
    return {
      commits,
      told: {
        bodies: bodies.sort(),
        types,
        runs: runs.map(({ status }) => status),
        audit: audit.map(({ verb }) => verb).sort(),
        steps: steps.map(({ key, status, attempts: tries }) => `${key} ${status} ${tries}`).sort(),
        attempts: attempts
          .map(({ step, attempt, outcome }) => `${step} ${attempt} ${outcome}`)
          .sort(),
        logs: logs.map(({ message }) => message),
      },
    };
  }

  it.each(["unavailable", "ambiguousLost", "ambiguousApplied"] as const)(
    "at any one commit (%s) leaves what there would have been without [114] [COMMIT-5]",
    async (fault) => {
      const calm = await everything(() => undefined);
      expect(calm.told.runs.sort()).toEqual(["cancelled", "completed", "completed"]);
      for (let at = 1; at <= calm.commits; at++) {
        const { told } = await everything((commit) => (commit === at ? fault : undefined));
        expect({ at, ...told }).toEqual({ at, ...calm.told, runs: told.runs });
        expect(told.runs.sort()).toEqual(calm.told.runs);
      }
    },
  );

  it("loses no step that is written beside one tried again", async () => {
    const gate = new Gate();
    const h = new Harness(
      [
        fn("w", (ctx) =>
          ctx.all([
            ctx.step("a", () => "a"),
            ctx.step("x", () => "x"),
            ctx.step("c", () => gate.passed.then(() => "c")),
          ]),
        ),
      ],
      {
        wrap: (persistence) => ({
          ...persistence,
          commit: async (plan) => {
            const keys = keysOf(plan);
            const result = await persistence.commit(plan);
            if (keys.includes("a") && result.ok && !result.replayed) throw unavailable();
            return result;
          },
        }),
      },
    );
    const id = await h.start("w");
    const { ends } = await begin(h, await h.session());
    expect(h.persistence.dump().steps.map((step) => step.key)).toEqual(["a", "x"]);
    gate.open();
    await h.world.until(ends);
    expect(await h.kernel.query.getRun(id)).toMatchObject({ output: ["a", "x", "c"] });
    const { steps } = h.persistence.dump();
    expect(steps.map((step) => step.key)).toEqual(["a", "c", "x"]);
  });
});

describe("a run that keeps changing", () => {
  it("is decided again from fresh facts, and given up after the bound", async () => {
    let plans = 0;
    const h = new Harness([echo], {
      limits: { commitAttemptsMax: 5 },
      faults: ({ plan }) => {
        if (!plan?.guards.some(({ kind }) => kind === "rev")) return undefined;
        plans += 1;
        return "stale";
      },
    });
    const workflowRunId = await h.start("echo");
    await expect(h.kernel.dispatch({ type: "run.cancel", workflowRunId })).rejects.toMatchObject({
      code: "E_CONFLICT",
      kind: "conflict",
    });
    expect(plans).toBe(5);
    expect((await h.kernel.query.getRun(workflowRunId)).status).toBe("running");
  });

  it("is changed when one of the attempts meets no conflict", async () => {
    let stale = 3;
    const h = new Harness([echo], {
      faults: ({ plan }) =>
        plan?.guards.some(({ kind }) => kind === "rev") && stale-- > 0 ? "stale" : undefined,
    });
    const workflowRunId = await h.start("echo");
    const asked = h.kernel.dispatch({ type: "run.cancel", workflowRunId });
    expect(await asked).toMatchObject({ changed: true, status: "cancelled" });
    expect(h.persistence.dump().audit).toHaveLength(1);
  });
});

describe("kernel.dispatch", () => {
  it.each(["run.explode", "", "constructor", "__proto__", undefined, 5])(
    "refuses the unknown command %j and says which there are [129]",
    async (type) => {
      const h = new Harness([echo]);
      const asked = h.kernel.dispatch({ type } as never);
      await expect(asked).rejects.toMatchObject({
        code: "E_COMMAND_UNKNOWN",
        message: expect.stringContaining("run.create"),
      });
    },
  );

  it.each([undefined, null, 5, "run.create"])("refuses %j, which is no command", async (none) => {
    const h = new Harness([echo]);
    const asked = h.kernel.dispatch(none as never);
    await expect(asked).rejects.toMatchObject({ code: "E_COMMAND_UNKNOWN" });
  });
});

it.each([0, 1.5, undefined])(
  "a persistence that says it has %j lanes is refused",
  (commitLanes) => {
    const wrong = (persistence: Persistence): Persistence => ({
      ...persistence,
      capabilities: { ...persistence.capabilities, commitLanes: commitLanes as number },
    });
    expect(() => new Harness([echo], { wrap: wrong })).toThrow(
      expect.objectContaining({ code: "E_ARGUMENT_INVALID" }),
    );
  },
);

it("a persistence that can't commit a plan as a whole is refused unless asked for [8]", () => {
  const unsafe = (persistence: Persistence): Persistence => ({
    ...persistence,
    capabilities: { ...persistence.capabilities, atomic: false },
  });
  expect(() => new Harness([echo], { wrap: unsafe })).toThrow(
    expect.objectContaining({ code: "E_PERSISTENCE_UNSAFE" }),
  );
  expect(() => new Harness([echo], { wrap: unsafe, unsafe: true })).not.toThrow();
});
