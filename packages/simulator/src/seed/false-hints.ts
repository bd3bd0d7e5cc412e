import type { Job, OutgoingJob, StageRow } from "@pawl/kernel/ports";
import type { Prng } from "../world/prng.ts";
import { jobOfStage } from "./job-of-stage.ts";

/** Of the stages of a run that has changed, so many are hinted at, claimable or not. */
const STALE = 0.2;
/** Of those hints so many are no jobs, or name what does not exist. */
const WRONG = 0.1;

/** What strangers write to a queue. */
export class FalseHints {
  readonly #chance: Prng;

  constructor(chance: Prng) {
    this.#chance = chance;
  }

  of(stages: readonly StageRow[]): readonly OutgoingJob[] {
    return stages.filter(() => this.#chance.chance(STALE)).map((row) => this.#hintOf(row));
  }

  #hintOf(row: StageRow): OutgoingJob {
    const { job, ...due } = jobOfStage(row);
    if (!this.#chance.chance(WRONG)) return { ...due, job };
    const wrong: readonly object[] = [
      { ...job, stageId: "nowhere" },
      { ...job, workflowRunId: "nobody" },
      { ...job, attempt: job.attempt + 1 },
      { ...job, v: 2 },
      { ...job, stageId: "\u0000" },
      { v: 1 },
    ];
    return { ...due, job: this.#chance.pick(wrong) as Job };
  }
}
