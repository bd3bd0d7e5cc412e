import type { Engine } from "../engine/engine.ts";
import type { StageFacts } from "../state/stage.ts";

/** Highest seq of a stage's step records and resolved waits; 0 when there is none. */
export async function lastSeq(
  engine: Engine,
  { runId, stageId, mapIndex, generation }: StageFacts,
): Promise<number> {
  const where = { runId, stageId, mapIndex, generation, seq: { gt: 0 } };
  const last = { where, orderBy: ["seq"], descending: true, limit: 1 } as const;
  const [[step], [wait]] = await Promise.all([
    engine.persistence.query.find({ table: "steps", ...last }),
    engine.persistence.query.find({ table: "waits", ...last }),
  ]);
  return Math.max(step?.seq ?? 0, wait?.seq ?? 0);
}

/** Whether a suspect has recorded something since its last loss, which clears the mark. */
export const hasProgressed = async (engine: Engine, stage: StageFacts): Promise<boolean> =>
  stage.suspect && (await lastSeq(engine, stage)) > stage.lossSeq;
