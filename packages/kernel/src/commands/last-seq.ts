import type { Engine } from "../engine/engine.ts";
import type { StageFacts } from "../state/stage.ts";

/** Highest seq of a stage's step records; 0 when there is none. */
export async function lastSeq(
  engine: Engine,
  { runId, stageId, mapIndex, generation }: StageFacts,
): Promise<number> {
  const [step] = await engine.persistence.query.find({
    table: "steps",
    where: { runId, stageId, mapIndex, generation },
    orderBy: ["seq"],
    descending: true,
    limit: 1,
  });
  return step?.seq ?? 0;
}
