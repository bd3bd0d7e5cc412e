import type { ClaimRequest, RunRow, StageRow } from "@pawl/kernel/ports";
import { stageKeyText } from "@pawl/kernel/ports";

export interface Candidate {
  readonly stage: StageRow;
  readonly run: RunRow;
  readonly request: ClaimRequest;
  readonly dbNow: number;
}

/** Conditions on a stage that may be claimed; all must hold. */
export type ClaimConditions = Readonly<Record<string, (candidate: Candidate) => boolean>>;

const isDue = ({ stage, dbNow }: Candidate): boolean =>
  (stage.status === "ready" && stage.availableAt <= dbNow) ||
  (stage.status === "suspended" && stage.wakeAt !== null && stage.wakeAt <= dbNow);

export const claimConditions: ClaimConditions = {
  due: isDue,
  notHeld: ({ stage }) => !stage.held,
  runLive: ({ run }) => run.status === "running" || run.status === "closing",
  namespace: ({ stage, request }) => stage.namespace === request.namespace,
  definition: ({ stage, request }) => request.definitions.includes(stage.definition),
  queue: ({ stage, request }) => request.queues?.includes(stage.queue) ?? true,
  named: ({ stage, request }) =>
    request.stages?.some((key) => stageKeyText(key) === stageKeyText(stage)) ?? true,
  readable: ({ stage, request }) => !request.exceptRuns?.includes(stage.runId),
  suspect: ({ stage, request }) => stage.suspect === (request.alone ?? false),
};

/** Order in which claims take stages. */
export const byClaimRank = (a: StageRow, b: StageRow): number =>
  a.claimRank - b.claimRank ||
  byText(a.runId, b.runId) ||
  byText(a.stageId, b.stageId) ||
  a.mapIndex - b.mapIndex;

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const isClaimable = (conditions: ClaimConditions, candidate: Candidate): boolean =>
  Object.values(conditions).every((holds) => holds(candidate));
