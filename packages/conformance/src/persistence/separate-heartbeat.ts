import type { HeartbeatReply, SeparateHeartbeat } from "@pawl/kernel/ports";
import { turn } from "../turn.ts";
import type { Bench, Cases } from "./bench.ts";
import { insert, stageKey, update } from "./plans.ts";

const BEAT = { ttlMs: 25_000, load: 3 } as const;
/** In which a server notices that a connection ended, and one that has just started tells. */
const NOTICED_MS = 20_000;

/** BEAT-3, DEAD-1 and -2. */
export const separateHeartbeatCases: Cases = (suite) => {
  const { separateHeartbeat } = suite.can;
  if (separateHeartbeat) renewing(suite);
  else alone(suite);
  if (separateHeartbeat === "notices") noticing(suite);
  else unnoticed(suite);
};

const alone: Cases = ({ prove }) => {
  prove("BEAT-3 no second connection renews sessions of this store", async (bench) => {
    bench.expect(bench.beatElsewhere).toBe(undefined);
    bench.expect(bench.persistence.heartbeatDescriptor?.()).toBe(undefined);
  });
};

const unnoticed: Cases = ({ prove }) => {
  prove("DEAD-1 DEAD-2 this store does not notice deaths", async (bench) => {
    bench.expect(bench.persistence.deadSessions).toBe(undefined);
  });
};

/** Beats for a session over a connection of its own, which is closed after the case. */
async function elsewhere(
  bench: Bench,
  work: (heartbeat: SeparateHeartbeat) => Promise<void>,
): Promise<void> {
  const heartbeat = await (bench.beatElsewhere as () => Promise<SeparateHeartbeat>)();
  try {
    await work(heartbeat);
  } finally {
    await heartbeat.close();
  }
}

const beatOf = (heartbeat: SeparateHeartbeat, id = "session"): Promise<HeartbeatReply> =>
  heartbeat.beat({ id, epoch: 1 }, BEAT);

const renewing: Cases = ({ prove }) => {
  prove("BEAT-3 it renews a session and answers what that owns", async (bench) => {
    await bench.put(insert("workers", { version: 7 }), insert("runs", { inbox: 4 }));
    const mine = { session: "session", sessionEpoch: 1, status: "running" } as const;
    await bench.put(insert("stages", { ...mine, fence: 3 }));
    await elsewhere(bench, async (heartbeat) => {
      const { expiresAt, dbNow, ...reply } = await beatOf(heartbeat);
      bench.expect(expiresAt - dbNow).toBe(BEAT.ttlMs);
      const owned = [{ key: stageKey(), fence: 3, held: false, inbox: 4 }];
      bench.expect(reply).toEqual({ alive: true, draining: false, owned });
      const row = await bench.row("workers", { id: "session" });
      bench.expect(row).toMatchObject({ expiresAt, beatAt: dbNow, load: 3, version: 8 });
    });
  });
  prove("BEAT-3 a session that is gone, or of another epoch, is not alive there", async (bench) => {
    await bench.put(
      insert("workers", { status: "gone" }),
      insert("workers", { id: "b", epoch: 2 }),
    );
    await elsewhere(bench, async (heartbeat) => {
      for (const id of ["session", "b", "unknown"]) {
        bench.expect(await beatOf(heartbeat, id)).toMatchObject({ alive: false, owned: [] });
      }
    });
  });
};

const deadIn = async (bench: Bench, namespace = "default"): Promise<readonly string[]> =>
  (await bench.persistence.deadSessions?.(namespace))?.map(({ id }) => id) ?? ["it does not tell"];

/** Asks until the answer is that, or the time is up: its last answer. */
async function deadBecome(bench: Bench, expected: readonly string[]): Promise<void> {
  const until = performance.now() + NOTICED_MS;
  while (performance.now() < until && `${await deadIn(bench)}` !== `${expected}`) await turn();
  bench.expect(await deadIn(bench)).toEqual(expected);
}

const noticing: Cases = ({ prove }) => {
  prove(
    "DEAD-1 a session is dead when the connection that renewed it ended [37]",
    async (bench) => {
      await bench.put(insert("workers"), insert("workers", { id: "other" }));
      await elsewhere(bench, async (heartbeat) => {
        await beatOf(heartbeat);
        await beatOf(heartbeat);
        bench.expect(await deadIn(bench)).toEqual([]);
        await heartbeat.close();
        await deadBecome(bench, ["session"]);
      });
    },
  );
  prove("DEAD-1 it comes with its version, by which a beat is known", async (bench) => {
    await bench.put(insert("workers", { version: 7 }));
    await elsewhere(bench, (heartbeat) => beatOf(heartbeat).then(() => undefined));
    await deadBecome(bench, ["session"]);
    const dead = await bench.persistence.deadSessions?.("default");
    bench.expect(dead).toEqual([{ id: "session", version: 8 }]);
  });
  prove("DEAD-1 each connection tells of its own sessions, draining ones too", async (bench) => {
    await bench.put(insert("workers", { status: "draining" }), insert("workers", { id: "other" }));
    await elsewhere(bench, async (heartbeat) =>
      elsewhere(bench, async (another) => {
        await beatOf(heartbeat);
        await beatOf(another, "other");
        await heartbeat.close();
        await deadBecome(bench, ["session"]);
      }),
    );
  });
  prove("DEAD-1 one that was declared gone is not told of again", async (bench) => {
    await bench.put(insert("workers"));
    await elsewhere(bench, (heartbeat) => beatOf(heartbeat).then(() => undefined));
    await deadBecome(bench, ["session"]);
    await bench.put(update("workers", { id: "session" }, { status: "gone" }));
    bench.expect(await deadIn(bench)).toEqual([]);
  });
  prove("DEAD-2 one that was renewed otherwise since is not told of", async (bench) => {
    await bench.put(insert("workers"));
    await elsewhere(bench, (heartbeat) => beatOf(heartbeat).then(() => undefined));
    await deadBecome(bench, ["session"]);
    await bench.persistence.heartbeat({ id: "session", epoch: 1 }, BEAT);
    bench.expect(await deadIn(bench)).toEqual([]);
  });
  prove("DEAD-2 nor one of another namespace", async (bench) => {
    await bench.put(insert("workers"));
    await elsewhere(bench, (heartbeat) => beatOf(heartbeat).then(() => undefined));
    await deadBecome(bench, ["session"]);
    bench.expect(await deadIn(bench, "other")).toEqual([]);
  });
};
