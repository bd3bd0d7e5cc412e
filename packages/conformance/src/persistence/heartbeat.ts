import type { HeartbeatReply, SessionRef } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";
import { claimOf } from "./claim-requests.ts";
import { insert, stageKey, update } from "./plans.ts";
import { rowOf } from "./rows.ts";

const SESSION: SessionRef = { id: "session", epoch: 1 };

const beat = (bench: Bench, session: SessionRef = SESSION): Promise<HeartbeatReply> =>
  bench.persistence.heartbeat(session, { ttlMs: 25_000, load: 3 });

/** A heartbeat that is told that its session is no more, and changes nothing. */
async function dead(bench: Bench, session: SessionRef = SESSION): Promise<void> {
  const before = await bench.everything();
  const reply = await beat(bench, session);
  bench.expect(reply).toMatchObject({ alive: false, owned: [], dbNow: bench.clock.now() });
  bench.expect(await bench.everything()).toEqual(before);
}

/** BEAT-1 and -2. */
export const heartbeatCases: Cases = ({ prove }) => {
  prove("BEAT-1 expiry is database time plus the ttl, absolute [30]", async (bench) => {
    const expiresAt = bench.clock.now() + 600_000;
    await bench.put(insert("workers", { expiresAt, version: 7 }), insert("workers", { id: "b" }));
    bench.clock.advance(1_000);
    const now = bench.clock.now();
    const reply = await beat(bench);
    bench.expect(reply).toEqual({
      alive: true,
      draining: false,
      owned: [],
      expiresAt: now + 25_000,
      dbNow: now,
    });
    const expected = { expiresAt: now + 25_000, beatAt: now, load: 3, version: 8 };
    const row = await bench.row("workers", { id: "session" });
    bench.expect(row).toEqual(rowOf("workers", expected));
    bench.expect(await bench.row("workers", { id: "b" })).toEqual(rowOf("workers", { id: "b" }));
  });
  prove("BEAT-1 an expired session that nobody reaped is renewed", async (bench) => {
    await bench.put(insert("workers", { expiresAt: bench.clock.now() - 1 }));
    bench.expect(await beat(bench)).toMatchObject({ alive: true });
    await bench.put(insert("runs"), insert("stages"));
    bench.expect((await claimOf(bench)).length).toBe(1);
  });
  prove("BEAT-1 a draining session is renewed and told so", async (bench) => {
    await bench.put(insert("workers", { status: "draining" }));
    bench.expect(await beat(bench)).toMatchObject({ alive: true, draining: true });
    const row = await bench.row("workers", { id: "session" });
    bench.expect(row?.status).toBe("draining");
  });
  prove("BEAT-1 the answer lists what the session owns", async (bench) => {
    const mine = { session: "session", sessionEpoch: 1, status: "running" } as const;
    await bench.put(insert("workers"), insert("runs", { inbox: 4 }), insert("runs", { id: "b" }));
    await bench.put(
      insert("stages", { ...mine, fence: 3, held: true, holdReason: "paused" }),
      insert("stages", { ...mine, runId: "b", stageId: "s", mapIndex: 2, generation: 1, fence: 8 }),
      insert("stages", { ...mine, stageId: "epoch", sessionEpoch: 2 }),
      insert("stages", { ...mine, stageId: "other", session: "other" }),
      insert("stages", { ...mine, stageId: "left", status: "suspended" }),
      insert("stages", { ...mine, stageId: "done", status: "completed" }),
      insert("stages", { stageId: "free" }),
    );
    const { owned } = await beat(bench);
    bench.expect(owned.toSorted((a, b) => a.fence - b.fence)).toEqual([
      { key: stageKey(), fence: 3, held: true, inbox: 4 },
      {
        key: { runId: "b", stageId: "s", mapIndex: 2, generation: 1 },
        fence: 8,
        held: false,
        inbox: 0,
      },
    ]);
  });
  prove("BEAT-1 a stage claimed is owned until somebody takes it", async (bench) => {
    await bench.put(insert("workers"), insert("runs"), insert("stages"));
    await claimOf(bench);
    bench.expect((await beat(bench)).owned.length).toBe(1);
    await bench.put(update("stages", stageKey(), { fence: 2, status: "ready", session: null }));
    bench.expect((await beat(bench)).owned).toEqual([]);
  });
  prove("BEAT-2 a session that is not known is not alive", async (bench) => {
    await bench.put(insert("workers", { id: "other" }));
    await dead(bench);
  });
  prove("BEAT-2 a session reaped is not alive, whatever its expiry", async (bench) => {
    await bench.put(insert("workers", { status: "gone" }));
    await bench.put(insert("stages", { session: "session", sessionEpoch: 1, status: "running" }));
    await dead(bench);
  });
  prove("BEAT-2 a session registered again is not alive under its old epoch", async (bench) => {
    await bench.put(insert("workers", { epoch: 2 }));
    await dead(bench, { id: "session", epoch: 1 });
    await dead(bench, { id: "session", epoch: 3 });
    bench.expect(await beat(bench, { id: "session", epoch: 2 })).toMatchObject({ alive: true });
  });
};
