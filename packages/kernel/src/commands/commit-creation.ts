import { type CreateRun, decideCreateRun } from "../decide/create-run.ts";
import { announceWork, queuesOf } from "../engine/announce-work.ts";
import type { StartEngine } from "../engine/bound-engine.ts";
import { firstStage } from "../engine/first-stage.ts";
import type { StartSlot } from "../engine/start-slots.ts";
import { type CommitResult, OWNERSHIP_LOST } from "../state/plan.ts";
import type { ClaimedStage } from "../state/snapshot.ts";

type Creation = Omit<CreateRun, "commitId" | "owner">;

/** `begun`: the first stage runs in this process already, nobody needs to be told of it. */
type CreationCommitted = { readonly result: CommitResult; readonly begun: boolean };

/** Commits a run; where a host of this process has room its first stage begins with it. */
export async function commitCreation(
  engine: StartEngine,
  creation: Creation,
): Promise<CommitResult> {
  const { result, begun } = await commit(engine, creation);
  const { graph } = creation.workflow;
  if (result.ok && !begun && creation.startAt === null) {
    announceWork(engine, queuesOf(graph, graph.roots, creation.queue));
  }
  return result;
}

async function commit(engine: StartEngine, creation: Creation): Promise<CreationCommitted> {
  const slot = slotFor(engine, creation);
  const begun = slot && (await commitInSlot(engine, creation, slot));
  if (begun) return begun;
  const plan = decideCreateRun({ ...creation, commitId: engine.ids.newId() });
  return { result: await engine.commits.commit(plan), begun: false };
}

/**
 * Undefined, with nothing written, when the session of the slot is over, or when another start of
 * this key is not decided yet: waiting for that keeps no room of a host.
 */
async function commitInSlot(
  engine: StartEngine,
  creation: Creation,
  slot: StartSlot,
): Promise<CreationCommitted | undefined> {
  let claimed: ClaimedStage | undefined;
  try {
    const owner = slot.session;
    const plan = decideCreateRun({ ...creation, owner, commitId: engine.ids.newId() });
    const { commits } = engine;
    const keyed = creation.idempotency !== null;
    const result = await (keyed ? commits.commitOnce(plan) : commits.commit(plan));
    if (!result.ok) {
      const apart = keyed && result.why === "busy";
      return apart || OWNERSHIP_LOST.includes(result.why) ? undefined : { result, begun: false };
    }
    claimed = await firstStage(engine, creation, { plan, result });
    return { result, begun: claimed !== undefined };
  } finally {
    if (claimed) slot.use(claimed);
    else slot.giveBack();
  }
}

/** Room for the run's first stage, if it has but one and that may begin now. */
function slotFor(
  engine: StartEngine,
  { workflow, startAt, queue }: Creation,
): StartSlot | undefined {
  const [root, ...others] = workflow.graph.roots;
  if (root === undefined || others.length > 0 || startAt !== null) return undefined;
  const slot = engine.startSlots.take(workflow.graph.nodes.get(root)?.stage.queue ?? queue);
  if (!slot) return undefined;
  const session = engine.sessions.get(slot.session.id);
  if (session && !session.draining) return slot;
  slot.giveBack();
  return undefined;
}
