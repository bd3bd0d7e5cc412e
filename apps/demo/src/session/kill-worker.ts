import { setTimeout as wait } from "node:timers/promises";
import { type Kill, storeKill } from "../evidence/crash.ts";
import { stepOf } from "../evidence/records.ts";
import type { DemoSession } from "./demo-session.ts";

const LOOK_MS = 15;

/**
 * Kills the only worker when half of the steps have come to their end, notes what was recorded by
 * then, and starts another worker.
 */
export async function killHalfway(
  session: DemoSession,
  say: (news: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { workers, records, run, job } = session;
  const [victim] = workers.list;
  if (!victim) return;
  await halfway(session, signal);
  await workers.kill(victim.pid);
  const at = Date.now();
  say(`worker ${victim.pid} was killed with SIGKILL`);
  const finished = (await records.steps(run.id)).map(stepOf);
  const kill: Kill = { pid: victim.pid, at, finished };
  await storeKill(job.directory, kill);
  say(`worker ${victim.pid} was killed with SIGKILL, worker ${workers.start()} takes over`);
}

async function halfway({ journal, expected }: DemoSession, signal: AbortSignal): Promise<void> {
  const all = [...expected.values()].reduce((sum, steps) => sum + steps, 0);
  const left = (): number => journal.read().filter(({ did }) => did === "left").length;
  while (left() * 2 < all) await wait(LOOK_MS, undefined, { signal });
}
