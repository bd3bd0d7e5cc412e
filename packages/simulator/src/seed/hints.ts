import type { OutgoingJob, StageRow } from "@pawl/kernel/ports";
import { jobOfStage } from "../world/job-of-stage.ts";
import type { Prng } from "../world/prng.ts";

/** Of the stages that nobody can claim, so many are hinted at all the same. */
const STALE = 0.2;
/** Hints that name a stage that does not exist. */
const WRONG = 0.02;

/** What a queue is told of the stages of a run that has changed: mostly the truth. */
export class Hints {
  readonly #chance: Prng;

  constructor(chance: Prng) {
    this.#chance = chance;
  }

  of(stages: readonly StageRow[]): readonly OutgoingJob[] {
    return stages.filter((row) => this.#isHinted(row)).map((row) => this.#hintOf(row));
  }

  #isHinted({ status }: StageRow): boolean {
    return status === "ready" || status === "suspended" || this.#chance.chance(STALE);
  }

  #hintOf(row: StageRow): OutgoingJob {
    const { job, ...due } = jobOfStage(row);
    const stageId = this.#chance.chance(WRONG) ? "nowhere" : job.stageId;
    return { ...due, job: { ...job, stageId } };
  }
}
