/** Renews the lease of its process over a connection of its own, for as long as that turns. */
import { parentPort, workerData } from "node:worker_threads";
import type { OpenHeartbeat, SeparateHeartbeat } from "@pawl/kernel/ports";
import {
  type FromThread,
  instant,
  LOAD,
  msSince,
  noteRenewal,
  type Renewing,
  type ThreadData,
  type ToThread,
  TURNED_AT,
} from "./thread-messages.ts";

const { descriptor, main, maxLoopBlockMs } = workerData as ThreadData;
const AGAIN_MS = [100, 500] as const;
/** Between looks at a main loop that is blocked too long. */
const BLOCKED_MS = 250;

const { openHeartbeat } = (await import(descriptor.module)) as { openHeartbeat: OpenHeartbeat };
const heartbeat: SeparateHeartbeat = await openHeartbeat(descriptor.config);

let renewing: Renewing | undefined;
let timer: NodeJS.Timeout | undefined;
let failures = 0;

const say = (message: FromThread): void => parentPort?.postMessage(message);

function beatIn(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void beat(), Math.max(0, ms));
}

/** Nothing of a session is renewed past its own deadline, or after it was given up. */
async function beat(): Promise<void> {
  const current = renewing;
  if (!current) return;
  const sentAt = instant();
  if (msSince(Atomics.load(current.renewedAt, 0), sentAt) > current.usableMs) return;
  if (msSince(Atomics.load(main, TURNED_AT), sentAt) > maxLoopBlockMs) return beatIn(BLOCKED_MS);
  const { session, ttlMs, everyMs } = current;
  try {
    const load = Number(Atomics.load(main, LOAD));
    const reply = await heartbeat.beat(session, { ttlMs, load });
    failures = 0;
    if (reply.alive) noteRenewal(current, sentAt);
    if (renewing !== current) return;
    say({ type: "answered", session, reply, sentAt });
    if (reply.alive) beatIn(everyMs - msSince(sentAt, instant()));
    else renewing = undefined;
  } catch (error) {
    say({ type: "failed", why: error instanceof Error ? error.message : String(error) });
    if (renewing === current) beatIn(AGAIN_MS[Math.min(failures, 1)] ?? 0);
    failures += 1;
  }
}

heartbeat.onLost(() => beatIn(0));

parentPort?.on("message", (message: ToThread) => {
  if (message.type === "renew") {
    renewing = message.renewing;
    beatIn(0);
    return;
  }
  renewing = undefined;
  clearTimeout(timer);
  if (message.type === "close") void heartbeat.close().finally(() => parentPort?.close());
});
