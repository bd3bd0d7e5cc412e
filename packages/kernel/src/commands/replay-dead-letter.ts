import type { Decision } from "../decide/draft.ts";
import { decideReplayDeadLetter } from "../decide/replay-dead-letter.ts";
import type { Graph } from "../define/graph.ts";
import { announceWork } from "../engine/announce-work.ts";
import { changeRun } from "../engine/change-run.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { RunFacts } from "../state/run.ts";
import type { WaitRow } from "../state/wait.ts";
import { operatorOf } from "./control-run.ts";
import { findLetter } from "./dead-letters.ts";
import { redeliverEvent } from "./redeliver-event.ts";

/**
 * Does again what a letter is about, once: gives its stage a fresh budget, or delivers its event.
 *
 * @throws EngineError E_STATE_INVALID for a letter about neither
 */
export async function replayDeadLetter(
  engine: Engine,
  command: Commands["deadletter.replay"][0],
): Promise<{ replayed: boolean }> {
  const letter = await findLetter(engine, command.id);
  const { kind, runId } = letter;
  if (kind === "event") {
    return { replayed: await redeliverEvent(engine, letter, operatorOf(engine, command)) };
  }
  if (kind !== "stage" || runId === null) {
    throw new EngineError(
      "E_STATE_INVALID",
      `Dead letter ${command.id} is about ${kind === "intent" ? "an" : "a"} ${kind}, which can't ` +
        "be replayed; discard it with deadletter.discard.",
      { details: { id: command.id } },
    );
  }
  const { committed } = await changeRun(engine, {
    runId,
    need: { stages: "current", waits: true },
    decide: async (snapshot): Promise<Decision> =>
      decideReplayDeadLetter(snapshot, {
        letter: await findLetter(engine, command.id),
        operator: operatorOf(engine, command),
        graph: graphOf(engine, snapshot.run),
        closedWaits: await closedWaits(engine, runId),
      }),
  });
  if (committed) announceWork(engine);
  return { replayed: committed !== undefined };
}

/** Only who has a workflow's code can say what follows a stage. */
function graphOf(engine: Engine, run: RunFacts): Graph {
  const workflow = engine.registry.byDefinition(run.definition);
  if (workflow) return workflow.graph;
  throw new EngineError(
    "E_WORKFLOW_UNKNOWN",
    `Run ${run.id} is of "${run.definition}", which is not registered here. Replay its dead ` +
      "letter where it is.",
    { details: { workflowRunId: run.id, definition: run.definition } },
  );
}

const WAITS_PER_PAGE = 1_000;

/** All of them: one left closed would never let its stage go on. */
async function closedWaits(engine: Engine, runId: string): Promise<readonly WaitRow[]> {
  const waits: WaitRow[] = [];
  for (;;) {
    const last = waits.at(-1);
    const page = await engine.persistence.query.find({
      table: "waits",
      where: { runId, outcome: "closed" },
      limit: WAITS_PER_PAGE,
      ...(last ? { after: placeOf(last) } : {}),
    });
    waits.push(...page);
    if (page.length < WAITS_PER_PAGE) return waits;
  }
}

/** In the order of the primary key. */
const placeOf = ({ runId, stageId, mapIndex, generation, key, occurrence }: WaitRow) => [
  runId,
  stageId,
  mapIndex,
  generation,
  key,
  occurrence,
];
