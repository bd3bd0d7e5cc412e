import { expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { begin, Gate, LEASE_MS, register } from "./fleet.ts";
import { echo, gated } from "./workflows.ts";

const BEAT = { ttlMs: LEASE_MS, load: 0 };
const WORKED_MS = 20_000;

/** A session that executes one stage until the gate opens, and when its lease began. */
async function working() {
  const gate = new Gate();
  const h = new Harness([gated(gate)]);
  const runId = await h.start("gated");
  const session = await register(h);
  const { ends } = await begin(h, session);
  const now = () => h.world.clock.monotonic();
  return { h, gate, runId, session, ends, now };
}

it("what a thread was answered renews the session from before it asked", async () => {
  const { h, gate, session, ends, now } = await working();
  await h.world.advance(WORKED_MS);
  const before = now();
  const reply = await h.persistence.heartbeat(session, BEAT);
  const { version } = h.persistence.dump().workers[0] ?? {};
  await h.world.advance(1_000);
  const answered = { reply, before };
  const beat = await h.kernel.dispatch({ type: "worker.beat", session, answered });
  expect(beat).toEqual({ alive: true, draining: false });
  expect(h.persistence.dump().workers[0]?.version).toBe(version);
  await h.world.advance(WORKED_MS);
  h.kernel.expireSessions();
  gate.open();
  expect(await h.world.until(ends)).toMatchObject([{ outcome: "completed" }]);
});

it("a session is over when its deadline is, counted from before the thread asked", async () => {
  const { h, gate, session, ends, now } = await working();
  const before = now();
  const reply = await h.persistence.heartbeat(session, BEAT);
  await h.world.advance(WORKED_MS);
  await h.kernel.dispatch({ type: "worker.beat", session, answered: { reply, before } });
  await h.world.advance(LEASE_MS - WORKED_MS);
  h.kernel.expireSessions();
  gate.open();
  expect(await h.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
});

it("stages that the answer does not list are lost, but for those that began after it", async () => {
  const { h, gate, session, ends, now } = await working();
  const reply = { ...(await h.persistence.heartbeat(session, BEAT)), owned: [] };
  const beginning = { reply, before: now() };
  await h.kernel.dispatch({ type: "worker.beat", session, answered: beginning });
  await h.world.advance(1_000);
  gate.open();
  expect(await h.world.until(ends)).toMatchObject([{ outcome: "completed" }]);
  const other = await working();
  await other.h.world.advance(1_000);
  const answered = { reply, before: other.now() };
  await other.h.kernel.dispatch({ type: "worker.beat", session: other.session, answered });
  other.gate.open();
  expect(await other.h.world.until(other.ends)).toMatchObject([{ outcome: "busy" }]);
});

it("a session that was declared gone, or drains, is told so by a thread", async () => {
  const h = new Harness([echo]);
  const session = await register(h);
  const live = await h.persistence.heartbeat(session, BEAT);
  const beat = (reply: typeof live) => {
    const answered = { reply, before: h.world.clock.monotonic() };
    return h.kernel.dispatch({ type: "worker.beat", session, answered });
  };
  expect(await beat({ ...live, draining: true })).toEqual({ alive: true, draining: true });
  expect(await beat({ ...live, alive: false })).toMatchObject({ alive: false });
  expect(await beat(live)).toMatchObject({ alive: false });
});

it("a renewal that can only be read yet keeps what a blocked loop did", async () => {
  const { h, gate, session, ends, now } = await working();
  let renewedAt: number | undefined;
  h.kernel.followRenewals(session, () => renewedAt);
  await h.world.advance(WORKED_MS);
  renewedAt = now();
  await h.persistence.heartbeat(session, BEAT);
  await h.world.advance(WORKED_MS);
  h.kernel.expireSessions();
  gate.open();
  expect(await h.world.until(ends)).toMatchObject([{ outcome: "completed" }]);
});

it("renewals that stopped keep nothing beyond their own lease", async () => {
  const { h, gate, session, ends, now } = await working();
  const renewedAt = now();
  h.kernel.followRenewals(session, () => renewedAt);
  await h.world.advance(LEASE_MS);
  gate.open();
  expect(await h.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
});
