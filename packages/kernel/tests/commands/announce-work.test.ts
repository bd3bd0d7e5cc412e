import { defineStage, WorkflowBuilder } from "@pawl/kernel";
import type { Persistence, WorkPlace } from "@pawl/kernel/ports";
import { beforeEach, describe, expect, it } from "vitest";
import type { Harness, HarnessOptions } from "../support/harness.ts";
import { begin, Fleet, Gate, LEASE_MS, register } from "./fleet.ts";
import { echo, fan, gated, nap, stage } from "./workflows.ts";

const onQueue = (id: string, queue: string) => stage(id, undefined, { queue });
const spread = new WorkflowBuilder("spread")
  .pipe(onQueue("root", "gpu"))
  .parallel([onQueue("a", "mail"), stage("b"), stage("c")])
  .pipe(onQueue("join", "gpu"))
  .build();
const broken = new WorkflowBuilder("broken")
  .pipe(
    defineStage({
      id: "broken",
      schemas: {},
      retry: { maxAttempts: 1 },
      execute: async () => {
        throw new Error("no");
      },
    }),
  )
  .build();

let fleet: Fleet;
let gate: Gate;
/** What was rung, and before it each commit that it tells of. */
let said: (WorkPlace | "commit")[];
beforeEach(() => {
  gate = new Gate();
  fleet = new Fleet([echo, fan(3), nap, spread, broken, gated(gate)]);
  said = [];
});

const ringing = (ring: (place: WorkPlace) => void = (place) => void said.push(place)) => ({
  wrap: (persistence: Persistence): Persistence => ({
    ...persistence,
    commit: async (plan) => {
      const result = await persistence.commit(plan);
      said.push("commit");
      return result;
    },
    workBell: { ring, listen: () => async () => {} },
  }),
});
const process = (options: HarnessOptions = {}): Harness =>
  fleet.process({ ...ringing(), ...options });
const rings = () => said.filter((one) => one !== "commit");
const at = (...queues: string[]) => queues.map((queue) => ({ namespace: "default", queue }));
const anywhere = [{ namespace: "default" }];

describe("other processes are told, after the commit", () => {
  it("of a run that begins nowhere here, by its queue and namespace", async () => {
    const h = process({ namespace: "tenant" });
    await h.start("echo");
    await h.start("echo", undefined, { queue: "mail" });
    await h.start("spread");
    const namespace = "tenant";
    expect(rings()).toEqual(["default", "mail", "gpu"].map((queue) => ({ namespace, queue })));
    expect(said[0]).toBe("commit");
  });

  it("of nothing when a host here had room for it, or when it starts later", async () => {
    const h = process();
    const session = await h.session();
    h.kernel.offerStartSlots(() => ({ session, use: () => {}, giveBack: () => {} }));
    said = [];
    await h.start("echo");
    await h.start("echo", undefined, { startAt: h.world.now + 60_000 });
    expect(rings()).toEqual([]);
    await h.world.advance(60_000);
    await h.kernel.dispatch({ type: "run.claimPending" });
    expect(rings()).toEqual(anywhere);
  });

  it("of stages that follow, once for each queue, and of no end", async () => {
    const h = process();
    await h.start("spread");
    said = [];
    await h.round();
    expect(rings()).toEqual(at("mail", "default"));
    said = [];
    await h.round();
    expect(rings()).toEqual(at("gpu"));
    said = [];
    await h.round();
    expect(rings()).toEqual([]);
  });

  it("of a run that is resumed", async () => {
    const h = process();
    const workflowRunId = await h.start("echo");
    await h.kernel.dispatch({ type: "run.pause", workflowRunId });
    said = [];
    await h.kernel.dispatch({ type: "run.resume", workflowRunId });
    expect(rings()).toEqual(anywhere);
  });

  it("of a stage that a dead letter gives another try", async () => {
    const h = process();
    await h.start("broken");
    await h.round();
    said = [];
    const [letter] = await h.kernel.dispatch({ type: "deadletter.list" });
    await h.kernel.dispatch({ type: "deadletter.replay", id: letter?.id ?? "" });
    expect(rings()).toEqual(anywhere);
  });

  it.each(["lease.reapStale", "maintain"] as const)(
    "of what %s takes from the dead",
    async (by) => {
      const victim = fleet.process();
      await victim.start("gated");
      await begin(victim, await register(victim));
      await fleet.world.advance(LEASE_MS + 1_000);
      const h = process();
      if (by === "maintain") await h.kernel.maintain();
      else await h.kernel.dispatch({ type: by });
      expect(rings()).toEqual(anywhere);
    },
  );

  it("of what a worker gives back when it ends", async () => {
    const h = process();
    await h.start("gated");
    const session = await register(h);
    await begin(h, session);
    said = [];
    await h.kernel.dispatch({ type: "worker.deregister", session });
    expect(rings()).toEqual(anywhere);
  });
});

it("a bell that throws fails no command", async () => {
  const h = process(
    ringing(() => {
      throw new Error("no bell");
    }),
  );
  const runId = await h.start("echo", 7);
  await h.drain();
  expect(await h.kernel.query.getRun(runId)).toMatchObject({ status: "completed", output: 7 });
  expect(h.logged[0]).toMatchObject({ level: "warn" });
});

it("news of others are heard in their namespace, and said no further", async () => {
  let heardBy: (place?: WorkPlace) => void = () => {};
  let stopped = 0;
  const h = process({
    wrap: (persistence) => ({
      ...persistence,
      workBell: {
        ring: (place) => void said.push(place),
        listen: (heard) => {
          heardBy = heard;
          return async () => void stopped++;
        },
      },
    }),
  });
  const heard: (string | undefined)[] = [];
  const pokes: string[] = [];
  h.kernel.listen((poke) => void pokes.push(poke.type));
  const stop = h.kernel.listenToOthers((queue) => void heard.push(queue));
  heardBy({ namespace: "default", queue: "mail" });
  heardBy({ namespace: "tenant", queue: "gpu" });
  heardBy({ namespace: "default" });
  heardBy();
  expect(heard).toEqual(["mail", undefined, undefined]);
  expect({ pokes, rings: rings() }).toEqual({ pokes: [], rings: [] });
  await stop();
  expect(stopped).toBe(1);
});

it("a store without news is listened to in vain", async () => {
  const h = fleet.process();
  const stop = h.kernel.listenToOthers(() => expect.unreachable());
  await h.start("echo");
  await stop();
});
