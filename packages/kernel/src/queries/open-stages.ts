import type { Engine } from "../engine/engine.ts";
import type { RunRow } from "../state/run.ts";
import { isOpenStage, type StageFacts } from "../state/stage.ts";

/** What a stage that has not ended waits for. */
export type OpenStage = { readonly stageId: string } & (
  | { readonly waitsFor: "body"; readonly startedAt: number }
  | { readonly waitsFor: "instant"; readonly instant: number }
  | { readonly waitsFor: "worker" }
  | { readonly waitsFor: "stages"; readonly stageIds: readonly string[] }
);

const ROWS_MAX = 1_000;

/**
 * Stages that have a row and have not ended, those that are nearest to an end first. Instants
 * are held against the clock of this process: good enough to show.
 */
export async function openStagesOf(engine: Engine, run: RunRow): Promise<readonly OpenStage[]> {
  if (run.endedAt !== null || run.status === "pending") return [];
  const stages = await engine.persistence.query.find({
    table: "stages",
    where: { runId: run.id, superseded: false, mapIndex: 0 },
    limit: ROWS_MAX,
  });
  const ended = new Set(
    stages.filter(({ status }) => !isOpenStage(status)).map(({ stageId }) => stageId),
  );
  return stages
    .filter(({ stageId }) => !ended.has(stageId))
    .map((stage) => openStage(stage, ended, engine.clock.now()))
    .sort((a, b) => ORDER.indexOf(a.waitsFor) - ORDER.indexOf(b.waitsFor));
}

const ORDER: readonly OpenStage["waitsFor"][] = ["body", "instant", "worker", "stages"];

function openStage(stage: StageFacts, ended: ReadonlySet<string>, now: number): OpenStage {
  const { stageId, status, startedAt, createdAt, reads } = stage;
  if (status === "running") {
    return { stageId, waitsFor: "body", startedAt: startedAt ?? createdAt };
  }
  if (status === "blocked") {
    return { stageId, waitsFor: "stages", stageIds: reads.filter((id) => !ended.has(id)) };
  }
  const instant = status === "suspended" ? stage.wakeAt : stage.availableAt;
  if (instant !== null && instant > now) return { stageId, waitsFor: "instant", instant };
  return { stageId, waitsFor: "worker" };
}
