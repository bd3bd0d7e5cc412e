import type { ClaimedStage, CommitPlan, Persistence, Snapshot } from "@pawl/kernel/ports";
import { stageKeyOf, stageKeyText } from "@pawl/kernel/ports";
import { atOnce, barrierOf, seededRandom, tries } from "./barrier.ts";
import type { Bench, Cases } from "./bench.ts";
import { requestOf } from "./claim-requests.ts";
import { add, eventOf, insert, live, owned, planOf, rev, stageKey, update } from "./plans.ts";
import { commitUnlocked, handlesOf } from "./races.ts";

const STAGES = 1_000;
const CLAIMERS = 8;
/** A store may find nothing while others hold the locks: so often in a row means empty. */
const EMPTY_ANSWERS = 20;

/** Claims against claims, pauses and the commits of those who own. */
export const claimRaceCases: Cases = (suite) => {
  claimers(suite);
  suspensions(suite);
  pauses(suite);
};

async function putStages(bench: Bench): Promise<void> {
  await bench.put(insert("runs"));
  const sessions = Array.from({ length: CLAIMERS }, (_, i) => insert("workers", { id: `w${i}` }));
  await bench.put(...sessions);
  for (let from = 0; from < STAGES; from += 100) {
    const rows = Array.from({ length: 100 }, (_, i) => insert("stages", { mapIndex: from + i }));
    await bench.put(...rows);
  }
}

const claimers: Cases = ({ prove }) => {
  prove("CLAIM-1 eight claimers take a thousand stages, each once [27]", async (bench) => {
    const handle = await handlesOf(bench);
    await putStages(bench);
    const owners = new Map<string, string>();
    const doubles: string[] = [];
    await atOnce(CLAIMERS, async (i) => {
      const request = requestOf({ session: { id: `w${i}`, epoch: 1 }, limit: 7 + i });
      let empty = 0;
      for (const _ of tries()) {
        const claimed = await handle(i).claim(request);
        empty = claimed.length > 0 ? 0 : empty + 1;
        if (empty === EMPTY_ANSWERS || (empty > 0 && owners.size === STAGES)) return;
        for (const { stage } of claimed) {
          const key = stageKeyText(stage);
          if (owners.has(key) || stage.fence !== 1) doubles.push(key);
          owners.set(key, `w${i}`);
        }
      }
    });
    bench.expect(doubles).toEqual([]);
    bench.expect(owners.size).toBe(STAGES);
    const stored = await bench.rows("stages");
    const wrong = stored.filter(
      (stage) => stage.session !== owners.get(stageKeyText(stage)) || stage.fence !== 1,
    );
    bench.expect(wrong.map(stageKeyText)).toEqual([]);
  });
  prove("CLAIM-1 claimers of one named stage: one gets it", async (bench) => {
    const handle = await handlesOf(bench);
    await putStages(bench);
    for (let mapIndex = 0; mapIndex < 20; mapIndex += 1) {
      const stages = [stageKey({ mapIndex })];
      const claims = await atOnce(CLAIMERS, (i) =>
        handle(i).claim(requestOf({ session: { id: `w${i}`, epoch: 1 }, stages })),
      );
      bench.expect(claims.flat().length).toBe(1);
    }
  });
};

interface Party {
  readonly persistence: Persistence;
  readonly fence: number;
}

const need = { stages: "current", waits: true, signals: true } as const;

/** Suspends the stage on a signal, unless the inbox shows that one has come. */
async function suspend({ persistence, fence }: Party, seen: Snapshot): Promise<void> {
  let view = seen;
  for (const _ of tries()) {
    if (view.signals.length > 0) return;
    const plan = planOf({
      guards: [live(view.run.inbox), owned(fence)],
      writes: [
        update("stages", stageKey(), { status: "suspended" }),
        insert("waits", { key: `wait ${fence}`, kind: "signal", name: "go" }),
      ],
      events: [eventOf({ type: "stage.suspended" })],
    });
    const result = await commitUnlocked(persistence, plan);
    if (result.ok) return;
    view = result.snapshot as Snapshot;
  }
}

/** Accepts a signal: buffers it, or wakes the stage that is seen to wait for it. */
async function accept({ persistence, fence }: Party, seen: Snapshot): Promise<void> {
  let view = seen;
  for (const _ of tries()) {
    const result = await commitUnlocked(persistence, acceptPlan(fence, view));
    if (result.ok) return;
    view = result.snapshot as Snapshot;
  }
}

function acceptPlan(fence: number, view: Snapshot): CommitPlan {
  const [stage] = view.stages;
  const asleep = stage?.status === "suspended" && view.waits.length > 0;
  const wake = [update("stages", stageKey(), { status: "ready" })];
  return planOf({
    guards: [rev(view.run.rev)],
    writes: [
      insert("signals", { signalId: `signal ${fence}`, arrival: view.run.inbox + 1 }),
      add({ table: "runs", key: { id: "run" }, column: "inbox", by: 1 }),
      ...(asleep ? wake : []),
    ],
    events: [eventOf({ type: "signal.accepted" })],
  });
}

const suspensions: Cases = ({ prove }) => {
  prove("COMMIT-3 a suspend and a signal: the wake-up is never lost", async (bench) => {
    const handle = await handlesOf(bench);
    await bench.put(insert("runs"), insert("stages", { status: "running" }));
    for (let fence = 0; fence < 60; fence += 1) {
      const barrier = barrierOf(2);
      const party = { persistence: handle(fence), fence };
      const act = async <R>(part: (party: Party, seen: Snapshot) => Promise<R>): Promise<R> => {
        const seen = (await party.persistence.load("run", need)) as Snapshot;
        await barrier();
        return part(party, seen);
      };
      const [first, second] = fence % 2 === 0 ? [suspend, accept] : [accept, suspend];
      await Promise.all([act<unknown>(first), act<unknown>(second)]);
      const view = (await bench.persistence.load("run", need)) as Snapshot;
      const [stage] = view.stages;
      bench.expect(stage?.status, `round ${fence}`).toBe(view.waits.length ? "ready" : "running");
      await bench.put(
        update("stages", stageKey(), { status: "running", fence: fence + 1 }),
        { op: "delete", table: "waits", key: { runId: "run" } },
        { op: "delete", table: "signals", key: { runId: "run" } },
      );
    }
  });
};

const PAUSED = { status: "paused" } as const;
const RUNNING = { status: "running" } as const;

/** Holds or frees every stage of the run in one strict commit. */
async function turn(persistence: Persistence, held: boolean, stages: number): Promise<void> {
  for (const _ of tries()) {
    const view = (await persistence.load("run", {})) as Snapshot;
    const holds = Array.from({ length: stages }, (_, mapIndex) =>
      update("stages", stageKey({ mapIndex }), { held, holdReason: held ? "paused" : null }),
    );
    const run = update("runs", { id: "run" }, held ? PAUSED : RUNNING);
    const plan = planOf({
      guards: [rev(view.run.rev)],
      writes: [run, ...holds],
      events: [eventOf({ type: held ? "run.paused" : "run.resumed" })],
    });
    if ((await commitUnlocked(persistence, plan)).ok) return;
  }
}

const release = (persistence: Persistence, { stage }: ClaimedStage): Promise<unknown> =>
  commitUnlocked(
    persistence,
    planOf({
      guards: [owned(stage.fence, { key: stageKeyOf(stage) })],
      writes: [update("stages", stageKeyOf(stage), { status: "ready" })],
    }),
  );

const pauses: Cases = ({ prove }) => {
  prove("CLAIM-7 pauses among claims: what is held or paused is never claimed", async (bench) => {
    const handle = await handlesOf(bench);
    const stages = 6;
    const random = seededRandom(42);
    await bench.put(insert("runs"), insert("workers"));
    const rows = Array.from({ length: stages }, (_, mapIndex) => insert("stages", { mapIndex }));
    await bench.put(...rows);
    const claimed: ClaimedStage[] = [];
    let pausing = true;
    const claim = async (i: number): Promise<void> => {
      while (pausing) {
        const some = await handle(i).claim(requestOf({ limit: 1 + Math.floor(random() * 3) }));
        claimed.push(...some);
        for (const one of some) await release(handle(i), one);
      }
    };
    const pause = async (): Promise<void> => {
      for (let i = 0; i < 30; i += 1) {
        await turn(handle(i), true, stages);
        const meanwhile = await handle(i).claim(requestOf());
        bench.expect(meanwhile, "nothing is claimed while paused").toEqual([]);
        await turn(handle(i + 1), false, stages);
        for (let idle = Math.floor(random() * 5); idle > 0; idle -= 1) {
          await bench.persistence.load("run", {});
        }
      }
      pausing = false;
    };
    await Promise.all([pause(), ...[0, 1, 2, 3].map(claim)]);
    const wrong = claimed.filter(({ stage, run }) => stage.held || run.status !== "running");
    bench.expect(wrong).toEqual([]);
    const fences = claimed.map(({ stage }) => `${stage.mapIndex} ${stage.fence}`);
    bench.expect(new Set(fences).size).toBe(fences.length);
    const total = (await bench.rows("stages")).reduce((sum, { fence }) => sum + fence, 0);
    bench.expect(total).toBe(claimed.length);
    bench.expect(claimed.length > 0).toBe(true);
  });
};
