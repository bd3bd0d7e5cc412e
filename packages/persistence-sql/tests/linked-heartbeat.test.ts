import type { HeartbeatReply } from "@pawl/kernel/ports";
import { expect, test } from "vitest";
import { type Link, LinkedHeartbeat } from "../src/heartbeat/linked-heartbeat.ts";

const SESSION = { id: "session", epoch: 1 };
const BEAT = { ttlMs: 25_000, load: 0 };
const ALIVE: HeartbeatReply = {
  alive: true,
  draining: false,
  owned: [],
  expiresAt: 25_000,
  dbNow: 0,
};

/** Connections that do as they are told, and what was said over them. */
function server() {
  const said: (string | null | undefined)[] = [];
  const state = { isLockSeen: true, reply: ALIVE, now: 0, fails: false, connects: 0, closed: 0 };
  const losses: (() => void)[] = [];
  const link: Link = {
    lock: async () => {},
    isLockSeen: async () => state.isLockSeen,
    beat: async (_session, { lockName }) => {
      if (state.fails) throw new Error("cut");
      said.push(lockName);
      return state.reply;
    },
    close: async () => {
      state.closed += 1;
    },
  };
  const heartbeat = new LinkedHeartbeat({
    connect: async (lost) => {
      state.connects += 1;
      losses.push(lost);
      return link;
    },
    newName: () => `lock ${state.connects}`,
    now: () => state.now,
  });
  const beat = () => heartbeat.beat(SESSION, BEAT);
  return { state, said, beat, heartbeat, lose: () => losses.at(-1)?.() };
}

test("every beat says the lock of its connection, and another connection has another", async () => {
  const { beat, said, heartbeat, lose } = server();
  let lost = 0;
  heartbeat.onLost(() => {
    lost += 1;
  });
  await beat();
  await beat();
  lose();
  expect(lost).toBe(1);
  await beat();
  expect(said).toEqual(["lock 1", "lock 1", "lock 2"]);
});

test("a lock that others don't see is never said, nor taken again", async () => {
  const { beat, said, state, lose } = server();
  state.isLockSeen = false;
  await beat();
  state.isLockSeen = true;
  lose();
  await beat();
  expect(said).toEqual([null, null]);
});

test("a beat that fails gives its connection up; the next one makes another", async () => {
  const { beat, said, state } = server();
  await beat();
  state.fails = true;
  await expect(beat()).rejects.toThrow("cut");
  state.fails = false;
  await beat();
  expect(said).toEqual(["lock 1", "lock 2"]);
  expect(state).toMatchObject({ connects: 2, closed: 1 });
});

test("declared gone while it held its lock, it does without one from then on", async () => {
  const { beat, said, state } = server();
  await beat();
  state.now += 8_000;
  state.reply = { ...ALIVE, alive: false };
  await beat();
  state.reply = ALIVE;
  await beat();
  expect(said).toEqual(["lock 1", "lock 1", null]);
});

test("declared gone after its lease, or after it lost the lock, it takes one again", async () => {
  const { beat, said, state, lose } = server();
  await beat();
  state.now += 26_000;
  state.reply = { ...ALIVE, alive: false };
  await beat();
  state.reply = ALIVE;
  await beat();
  lose();
  state.reply = { ...ALIVE, alive: false };
  await beat();
  state.reply = ALIVE;
  await beat();
  expect(said).toEqual(["lock 1", "lock 1", "lock 1", "lock 2", "lock 2"]);
});

test("closing ends the connection, which is no loss", async () => {
  const { beat, state, heartbeat, lose } = server();
  let lost = 0;
  heartbeat.onLost(() => {
    lost += 1;
  });
  await beat();
  await heartbeat.close();
  lose();
  expect([state.closed, lost]).toEqual([1, 0]);
});
