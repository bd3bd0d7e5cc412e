import {
  defineStage,
  defineWorkflow,
  PersistenceUnavailableError,
  type StartSlot,
  WorkflowBuilder,
} from "@pawl/kernel";
import type { ClaimedStage, CommitPlan, Persistence, SessionRef } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { Harness } from "../support/harness.ts";

const echo = defineWorkflow({
  id: "echo",
  runTimeout: "1 h",
  run: (ctx, input) => ctx.step("s", () => input),
});
const stage = (id: string, options: object = {}) =>
  defineStage({ id, schemas: {}, execute: async () => ({ output: id }), ...options });
const twoRoots = new WorkflowBuilder("twoRoots").parallel([stage("a"), stage("b")]).build();
const elsewhere = new WorkflowBuilder("elsewhere").pipe(stage("a", { queue: "gpu" })).build();

interface Offered {
  readonly used: ClaimedStage[];
  given: number;
  taken: number;
}

async function offering(h: Harness, session: Promise<SessionRef> = h.session()): Promise<Offered> {
  const offered: Offered = { used: [], given: 0, taken: 0 };
  const ref = await session;
  h.kernel.offerStartSlots((): StartSlot => {
    offered.taken += 1;
    return {
      session: ref,
      use: (claimed) => void offered.used.push(claimed),
      giveBack: () => {
        offered.given += 1;
      },
    };
  });
  return offered;
}

const workflows = [echo, twoRoots, elsewhere];

it("a run begins in the commit that starts it where a host has room, as if claimed", async () => {
  const h = new Harness(workflows);
  const waiting = await h.start("echo", { n: 1 });
  const { id, epoch } = await h.session();
  const session = { id, epoch };
  const [byClaim] = await h.kernel.dispatch({ type: "job.claim", session, limit: 1 });
  const offered = await offering(h, Promise.resolve(session));
  const pokes: string[] = [];
  h.kernel.listen((poke) => void pokes.push(poke.type));
  const runId = await h.start("echo", { n: 1 });
  const [claimed] = offered.used as [ClaimedStage];
  expect(offered).toMatchObject({ taken: 1, given: 0 });
  expect(pokes).toEqual([]);
  expect(claimed.stage).toEqual(await h.persistence.query.get("stages", claimed.stage));
  expect(claimed.run).toEqual(await h.persistence.query.get("runs", { id: runId }));
  const plain = (of: ClaimedStage, id: string) =>
    JSON.parse(JSON.stringify(of).replaceAll(id, "id")) as ClaimedStage;
  const { run, ...begun } = plain(claimed, runId);
  const { run: seeded, ...expected } = plain(byClaim as ClaimedStage, waiting);
  expect(begun).toEqual(expected);
  expect({ ...run, seed: "" }).toEqual({ ...seeded, seed: "" });
  expect(await h.kernel.dispatch({ type: "job.execute", session, claimed })).toMatchObject({
    outcome: "completed",
  });
  expect(await h.kernel.query.getRun(runId)).toMatchObject({ output: { n: 1 } });
});

it.each([
  ["starts later", "echo", { startAt: 4_000_000_000_000 }],
  ["has several first stages", "twoRoots", {}],
])("no room is asked for by a run that %s", async (_, workflowId, options) => {
  const h = new Harness(workflows);
  const offered = await offering(h);
  await h.start(workflowId, undefined, options);
  expect(offered).toEqual({ used: [], given: 0, taken: 0 });
});

it("hosts are asked one after the other for room in the queue of the first stage", async () => {
  const h = new Harness(workflows);
  const session = await h.session();
  const asked: string[] = [];
  h.kernel.offerStartSlots((queue) => void asked.push(queue));
  const used: string[] = [];
  const use = ({ stage }: ClaimedStage): void => void used.push(stage.queue);
  h.kernel.offerStartSlots((queue) =>
    queue === "gpu" ? { session, use, giveBack: () => {} } : undefined,
  );
  await h.start("elsewhere");
  await h.start("echo", 1, { queue: "slow" });
  await h.start("echo", 1);
  expect(asked).toEqual(["gpu", "slow", "default"]);
  expect(used).toEqual(["gpu"]);
});

it("a session that drains, or is gone, gets nothing: the run waits for a claim", async () => {
  const h = new Harness(workflows);
  const session = await h.session();
  const offered = await offering(h);
  await h.kernel.dispatch({ type: "worker.drain", session });
  await h.start("echo", 1);
  expect(offered).toEqual({ used: [], given: 1, taken: 1 });
  const other = new Harness(workflows, { store: h.store, world: h.world });
  const gone = await offering(other);
  await h.kernel.dispatch({ type: "lease.reapStale", dead: [(await other.session()).id] });
  const pokes: string[] = [];
  other.kernel.listen((poke) => void pokes.push(poke.type));
  const runId = await other.start("echo", 1);
  expect(gone).toEqual({ used: [], given: 1, taken: 1 });
  expect(pokes).toEqual(["ready"]);
  const stages = other.persistence.dump().stages.filter((row) => row.runId === runId);
  expect(stages).toMatchObject([{ status: "ready", session: null, fence: 0 }]);
});

it("a start with a key that is known gives the room back", async () => {
  const h = new Harness(workflows);
  const first = await h.start("echo", 1, { idempotencyKey: "k" });
  const offered = await offering(h);
  expect(await h.start("echo", 1, { idempotencyKey: "k" })).toBe(first);
  expect(offered).toEqual({ used: [], given: 1, taken: 1 });
});

const creates = ({ writes }: CommitPlan): boolean =>
  writes.some((write) => write.op === "insert" && write.table === "runs");

/** Writes the first run that is started and loses the answer. */
const losing = (inner: Persistence): Persistence => {
  let lost = false;
  return {
    ...inner,
    commit: async (plan) => {
      const result = await inner.commit(plan);
      if (!creates(plan) || lost) return result;
      lost = true;
      throw new PersistenceUnavailableError("the answer was lost");
    },
  };
};

it("a start whose answer was lost begins with the rows that it wrote", async () => {
  const h = new Harness(workflows, { wrap: losing });
  const offered = await offering(h);
  const started = h.start("echo", 1);
  const runId = await h.world.until(started);
  const [claimed] = offered.used as [ClaimedStage];
  expect(offered).toMatchObject({ given: 0 });
  expect(claimed.run).toEqual(await h.persistence.query.get("runs", { id: runId }));
  expect(claimed.stage).toEqual(await h.persistence.query.get("stages", claimed.stage));
  expect(claimed.dbNow).toBeGreaterThan(claimed.run.createdAt);
});

it("a start that is stored stands, though it could not begin at once", async () => {
  const down: Persistence["query"]["get"] = async () => {
    throw new PersistenceUnavailableError("down");
  };
  const query = { ...new Harness(workflows).persistence.query };
  const wrap = (inner: Persistence) =>
    losing({ ...inner, query: Object.assign(query, inner.query) });
  const h = new Harness(workflows, { wrap });
  await h.session();
  query.get = down;
  const offered = await offering(h);
  const runId = await h.world.until(h.start("echo", 1));
  expect(offered).toEqual({ used: [], given: 1, taken: 1 });
  expect(h.persistence.dump().runs.map(({ id }) => id)).toEqual([runId]);
  expect(h.logged).toMatchObject([{ level: "warn", facts: { runId } }]);
});

it("a start that fails gives the room back", async () => {
  const wrap = (inner: Persistence): Persistence => ({
    ...inner,
    commit: async (plan) => {
      if (creates(plan)) throw new PersistenceUnavailableError("down");
      return inner.commit(plan);
    },
  });
  const h = new Harness(workflows, { wrap });
  const offered = await offering(h);
  const failed = await h.world.until(h.start("echo", 1).catch((error: unknown) => error));
  expect(failed).toBeInstanceOf(PersistenceUnavailableError);
  expect(offered).toEqual({ used: [], given: 1, taken: 1 });
});

const isKeyed = (plan?: CommitPlan): boolean =>
  plan?.guards.some((one) => one.kind === "absent" && one.row.table === "idempotency") ?? false;

it("a start that waits for the end of another of its key keeps no room of a host", async () => {
  let busy = 3;
  let givenWhileBusy = 0;
  let offered: Offered | undefined;
  const h = new Harness(workflows, {
    faults: ({ plan }) => {
      if (!isKeyed(plan) || busy-- <= 0) return undefined;
      givenWhileBusy = offered?.given ?? 0;
      return "busy";
    },
  });
  offered = await offering(h);
  const starting = h.start("echo", { n: 1 }, { idempotencyKey: "k" });
  await h.world.until(starting);
  expect(givenWhileBusy).toBe(1);
  expect(offered).toMatchObject({ taken: 1, given: 1, used: [] });
  expect(h.persistence.dump().runs).toHaveLength(1);
});

it("a start whose key stays held says so in the end", async () => {
  const h = new Harness(workflows, { faults: ({ plan }) => (isKeyed(plan) ? "busy" : undefined) });
  const starting = h.start("echo", { n: 1 }, { idempotencyKey: "k" });
  const refused = expect(starting).rejects.toMatchObject({
    name: "PersistenceUnavailableError",
    code: "E_DATABASE_LOCKED",
    message: expect.stringMatching(/holds idempotency key "k" of workflow "echo"/),
  });
  await h.world.until(refused);
  expect(h.persistence.dump().runs).toEqual([]);
});
