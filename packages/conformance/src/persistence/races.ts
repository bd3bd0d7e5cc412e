import type { CommitPlan, CommitResult, Persistence } from "@pawl/kernel/ports";
import { atOnce, barrierOf, tries } from "./barrier.ts";
import type { Bench, Cases } from "./bench.ts";
import { add, eventOf, insert, live, owned, planOf, rev, stageKey, update } from "./plans.ts";

/** Handles on the store: parties that race take turns between them. */
export async function handlesOf(bench: Bench): Promise<(i: number) => Persistence> {
  const handles = [bench.persistence, ...(bench.second ? [await bench.second()] : [])];
  return (i) => handles[i % handles.length] as Persistence;
}

/** Commits, again as long as a lock of another party makes the store answer busy. */
export async function commitUnlocked(
  persistence: Persistence,
  plan: CommitPlan,
): Promise<CommitResult> {
  for (const _ of tries()) {
    const result = await persistence.commit(plan);
    if (result.ok || result.why !== "busy") return result;
  }
  throw new Error("The store stayed busy.");
}

const whyOf = (result: CommitResult): string => (result.ok ? "ok" : result.why);

const tally = (results: readonly CommitResult[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const why of results.map(whyOf)) counts[why] = (counts[why] ?? 0) + 1;
  return counts;
};

const ROUNDS = 20;

/** Parties that exclude one another: one wins, and nothing of the others is written. */
export const raceCases: Cases = (suite) => {
  strictCommits(suite);
  commutingCommits(suite);
  starts(suite);
  recordsAndTakeovers(suite);
  reapers(suite);
  sessionsAndReapers(suite);
};

const strictCommits: Cases = ({ prove }) => {
  prove("COMMIT-3 of many commits at one rev one wins, round after round [9]", async (bench) => {
    const handle = await handlesOf(bench);
    await bench.put(insert("runs"));
    const parties = 16;
    const barrier = barrierOf(parties);
    for (let at = 0; at < ROUNDS; at += 1) {
      const results = await atOnce(parties, async (i) => {
        const seen = await handle(i).load("run", {});
        await barrier();
        const writes = [insert("audit", { id: `${at} ${i}` })];
        const guards = [rev(seen?.run.rev ?? -1)];
        return commitUnlocked(handle(i), planOf({ guards, writes, events: [eventOf()] }));
      });
      bench.expect(tally(results)).toEqual({ ok: 1, rev: parties - 1 });
      const snapshots = results.map((result) =>
        "snapshot" in result ? result.snapshot : undefined,
      );
      const revs = snapshots.flatMap((snapshot) => (snapshot ? [snapshot.run.rev] : []));
      bench.expect(revs).toEqual(Array.from({ length: parties - 1 }, () => at + 1));
    }
    bench.expect((await bench.rows("audit")).length).toBe(ROUNDS);
    bench.expect((await bench.rows("events")).length).toBe(ROUNDS);
  });
  prove("COMMIT-3 strict and commuting commits of one run exclude no event", async (bench) => {
    const handle = await handlesOf(bench);
    await bench.put(insert("runs"));
    const results = await atOnce(40, (i) =>
      commitUnlocked(
        handle(i),
        planOf({ guards: [i % 4 === 0 ? rev(i) : live()], events: [eventOf()] }),
      ),
    );
    const written = results.filter(({ ok }) => ok).length;
    const revs = (await bench.rows("events")).map((event) => event.rev);
    bench.expect(revs).toEqual(Array.from({ length: written }, (_, i) => i + 1));
    bench.expect(await bench.row("runs", { id: "run" })).toMatchObject({ rev: written });
  });
};

const commutingCommits: Cases = ({ prove }) => {
  prove("COMMIT-8 fifty commuting appends leave no gap and no double [12]", async (bench) => {
    const handle = await handlesOf(bench);
    await bench.put(insert("runs", { rev: 5 }));
    const results = await atOnce(50, (i) => {
      const events = Array.from({ length: 1 + (i % 3) }, (_, at) => eventOf({ data: { i, at } }));
      return commitUnlocked(handle(i), planOf({ guards: [live()], events }));
    });
    const events = await bench.rows("events");
    bench.expect(events.map((event) => event.rev)).toEqual(events.map((_, i) => i + 6));
    bench.expect(events.length).toBe(16 * 6 + 1 + 2);
    bench.expect(await bench.row("runs", { id: "run" })).toMatchObject({ rev: 5 + events.length });
    const lasts = results.map((result) => (result.ok ? result.revs.run : undefined));
    bench.expect(new Set(lasts).size).toBe(50);
    for (const [i, last] of lasts.entries()) {
      const own = events.filter(({ data }) => data.i === i);
      bench.expect(own.map(({ data }) => data.at)).toEqual(own.map((_, at) => at));
      bench.expect((own.at(-1)?.rev ?? 0) - (own[0]?.rev ?? 0)).toBe(own.length - 1);
      bench.expect(own.at(-1)?.rev).toBe(last);
    }
  });
  prove("COMMIT-3 of fifty branches one learns that it is the last", async (bench) => {
    const handle = await handlesOf(bench);
    await bench.put(insert("runs"), insert("stages", { status: "blocked", joinPending: 50 }));
    const join = { table: "stages", key: stageKey(), column: "joinPending", by: -1 } as const;
    const results = await atOnce(50, (i) =>
      commitUnlocked(handle(i), planOf({ guards: [live()], writes: [add(join)] })),
    );
    const left = results.map((result) => (result.ok ? (result.counters[0] ?? -1) : -1));
    bench.expect(left.toSorted((a, b) => a - b)).toEqual(left.map((_, i) => i));
  });
};

const starts: Cases = ({ prove }) => {
  prove("COMMIT-3 a hundred starts of one key create one run [109]", async (bench) => {
    const handle = await handlesOf(bench);
    const key = { namespace: "default", scope: "orders", key: "order 1" };
    const results = await atOnce(100, (i) =>
      commitUnlocked(
        handle(i),
        planOf({
          guards: [{ kind: "absent", row: { table: "idempotency", key } }],
          writes: [
            insert("idempotency", { ...key, runId: `run ${i}` }),
            insert("runs", { id: `run ${i}`, rev: 1 }),
            insert("stages", { runId: `run ${i}` }),
          ],
          events: [eventOf({ runId: `run ${i}`, type: "run.created" })],
        }),
      ),
    );
    bench.expect(tally(results)).toEqual({ ok: 1, exists: 99 });
    const [run, ...others] = await bench.rows("runs");
    bench.expect(others).toEqual([]);
    bench.expect(await bench.row("idempotency", key)).toMatchObject({ runId: run?.id });
    bench.expect((await bench.rows("stages")).length).toBe(1);
    bench.expect((await bench.rows("events")).length).toBe(1);
  });
};

const recordsAndTakeovers: Cases = ({ prove }) => {
  prove("COMMIT-3 no step of an old fence after the takeover that saw none [31]", async (bench) => {
    const handle = await handlesOf(bench);
    await bench.put(insert("runs"), insert("stages", { status: "running" }));
    const memo = async (): Promise<readonly string[]> => {
      const bounds = { recordsMax: 10_000, bytesMax: 10_000_000 };
      const page = await bench.persistence.memoPage(stageKey(), 0, bounds);
      return page.entries.map(({ seq }) => `${seq}`);
    };
    const parties = 6;
    for (let fence = 0; fence < ROUNDS; fence += 1) {
      const barrier = barrierOf(parties + 1);
      const record = async (i: number): Promise<void> => {
        await barrier();
        for (let step = 0; step < 3; step += 1) {
          const seq = 1 + fence * 100 + i * 10 + step;
          const commitId = `step ${seq}`;
          const writes = [insert("steps", { key: commitId, seq, fence, commitId })];
          const plan = planOf({ commitId, guards: [owned(fence)], writes });
          const result = await commitUnlocked(handle(i), plan);
          if (!result.ok) bench.expect(result.why).toBe("fence");
        }
      };
      const takeOver = async (): Promise<readonly string[]> => {
        await barrier();
        const writes = [update("stages", stageKey(), { fence: fence + 1 })];
        const result = await commitUnlocked(
          handle(fence),
          planOf({ guards: [owned(fence)], writes }),
        );
        bench.expect(result.ok).toBe(true);
        return memo();
      };
      const [seen] = await Promise.all([takeOver(), atOnce(parties, record)]);
      bench.expect(await memo(), "nothing came after the takeover").toEqual(seen);
    }
  });
};

const reapers: Cases = ({ prove }) => {
  prove("COMMIT-3 of two reapers one takes the stage [37]", async (bench) => {
    const handle = await handlesOf(bench);
    await bench.put(insert("runs"), insert("stages", { status: "running" }));
    for (let fence = 0; fence < ROUNDS; fence += 1) {
      const results = await atOnce(2, (i) => {
        const commitId = `reap ${fence} ${i}`;
        const lost = { step: "", fence, outcome: "lost", attempt: i + 1, commitId } as const;
        const taken = { fence: fence + 1, losses: fence + 1 };
        return commitUnlocked(
          handle(i),
          planOf({
            commitId,
            guards: [owned(fence)],
            writes: [update("stages", stageKey(), taken), insert("attempts", lost)],
          }),
        );
      });
      bench.expect(tally(results)).toEqual({ ok: 1, fence: 1 });
    }
    bench.expect((await bench.rows("attempts")).length).toBe(ROUNDS);
    const stage = await bench.row("stages", stageKey());
    bench.expect(stage).toMatchObject({ fence: ROUNDS, losses: ROUNDS });
  });
};

const sessionsAndReapers: Cases = ({ prove }) => {
  prove("BEAT-2 a heartbeat and a reaper: one of them wins", async (bench) => {
    const handle = await handlesOf(bench);
    for (let epoch = 1; epoch <= ROUNDS; epoch += 1) {
      const session = { id: `session ${epoch}`, epoch };
      await bench.put(insert("workers", { ...session, expiresAt: bench.clock.now() }));
      const row = { table: "workers", key: { id: session.id } } as const;
      const barrier = barrierOf(2);
      const reap = async (): Promise<CommitResult> => {
        const seen = await handle(0).query.get("workers", row.key);
        await barrier();
        const guards = [{ kind: "version", row, version: seen?.version ?? -1 }] as const;
        const writes = [update("workers", row.key, { status: "gone" })];
        return commitUnlocked(handle(0), planOf({ guards, writes }));
      };
      const beat = async (): Promise<boolean> => {
        await barrier();
        return (await handle(epoch).heartbeat(session, { ttlMs: 10, load: 0 })).alive;
      };
      const [reaped, alive] = await Promise.all([reap(), beat()]);
      bench.expect(alive, "alive is the opposite of reaped").toBe(!reaped.ok);
      const worker = await bench.row("workers", row.key);
      bench.expect(worker?.status).toBe(reaped.ok ? "gone" : "active");
    }
  });
};
