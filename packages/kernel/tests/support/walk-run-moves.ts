import { decideAdvanceRun } from "../../src/decide/advance-run.ts";
import type { Operator } from "../../src/decide/audit.ts";
import { decideCancelRun } from "../../src/decide/cancel-run.ts";
import { decideExpireRun } from "../../src/decide/expire-run.ts";
import { decidePauseRun } from "../../src/decide/pause-run.ts";
import { decideReplayDeadLetter } from "../../src/decide/replay-dead-letter.ts";
import { decideResumeRun } from "../../src/decide/resume-run.ts";
import { decideStartRun } from "../../src/decide/start-run.ts";
import type { Walk } from "./walk.ts";

const operator = (walk: Walk): Operator => ({
  commitId: walk.newId(),
  actor: "ada",
  reason: "because",
});

export async function advance(walk: Walk): Promise<void> {
  const decision = decideAdvanceRun(await walk.snapshot(), {
    commitId: walk.newId(),
    graph: walk.workflow.graph,
    refused: new Set(),
    runOutput: "i2",
    riders: [],
    riderGuards: [],
    ageingMs: 1,
  });
  await walk.carryOut(decision);
}

export async function startDue(walk: Walk): Promise<void> {
  const start = { commitId: walk.newId(), ageingMs: 1 };
  await walk.carryOut(decideStartRun(await walk.snapshot(), start));
}

export async function pause(walk: Walk): Promise<void> {
  await walk.carryOut(decidePauseRun(await walk.snapshot(), operator(walk)));
}

export async function resume(walk: Walk): Promise<void> {
  await walk.carryOut(decideResumeRun(await walk.snapshot(), operator(walk)));
}

export async function cancel(walk: Walk): Promise<void> {
  const verb = { ...operator(walk), verb: "cancel" as const };
  await walk.carryOut(decideCancelRun(await walk.snapshot(), verb));
}

export async function expire(walk: Walk): Promise<void> {
  await walk.carryOut(decideExpireRun(await walk.snapshot(), { commitId: walk.newId() }));
}

/** Replays an open dead letter, picked by number; false when there is none. */
export async function replay(walk: Walk, pick: number): Promise<boolean> {
  const letters = walk.dump().deadLetters.filter((letter) => letter.resolvedAt === null);
  const letter = letters[pick % letters.length];
  if (!letter) return false;
  const closedWaits = walk.dump().waits.filter((wait) => wait.outcome === "closed");
  const { graph } = walk.workflow;
  const asked = { letter, operator: operator(walk), graph, closedWaits };
  await walk.carryOut(decideReplayDeadLetter(await walk.snapshot(), asked));
  return true;
}
