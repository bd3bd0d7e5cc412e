import type { CommitPlan, CommitResult } from "../state/plan.ts";
import type { StageFacts } from "../state/stage.ts";
import { type Pending, runOf } from "./batch.ts";
import { CommitLane, type CommitParts } from "./commit-lane.ts";
import { Dispatcher, type DispatcherParts } from "./dispatcher.ts";

/**
 * The only way to `persistence.commit`. All plans of a run go one lane, in their order; lanes do
 * not wait for each other, where the store can do more than one thing at once. Starts with
 * a key have one more: a caller's open transaction may hold that key for as long as it likes.
 */
export class Committer {
  readonly dispatcher: Dispatcher;
  readonly #lanes: readonly CommitLane[];
  /** Of starts with a key: a transaction that has not ended may hold it. */
  readonly #keyLane: CommitLane;

  constructor(parts: CommitParts & DispatcherParts) {
    this.dispatcher = new Dispatcher(parts);
    const { commitLanes } = parts.persistence.capabilities;
    this.#lanes = Array.from({ length: commitLanes }, () => new CommitLane(parts));
    this.#keyLane = commitLanes > 1 ? new CommitLane(parts) : (this.#lanes[0] as CommitLane);
  }

  /**
   * Commits a plan. A busy row is tried again; a lost connection too, with the same plan and
   * `commitId`, so that what was written is recognised. `stages` are those that the plan was
   * decided on: what it makes claimable of them is dispatched.
   *
   * @throws PersistenceUnavailableError when the store stays out of reach
   */
  async commit(plan: CommitPlan, stages: readonly StageFacts[] = []): Promise<CommitResult> {
    return (await this.#commit({ plan }, stages)) as CommitResult;
  }

  /**
   * As `commit`, but a busy row is answered at once.
   *
   * @throws PersistenceUnavailableError when the store stays out of reach
   */
  async commitOnce(plan: CommitPlan): Promise<CommitResult> {
    return (await this.#commit({ plan, once: true }, [])) as CommitResult;
  }

  /**
   * Commits a plan of an execution, after those that it gave before. A busy row and a store out of
   * reach are waited for while `owns` says so; undefined once it does not.
   */
  commitOwned(
    plan: CommitPlan,
    owns: () => boolean,
    stages: readonly StageFacts[] = [],
  ): Promise<CommitResult | undefined> {
    return this.#commit({ plan, owns }, stages);
  }

  async #commit(
    { plan: decided, ...owned }: Pick<Pending, "plan" | "owns" | "once">,
    stages: readonly StageFacts[],
  ): Promise<CommitResult | undefined> {
    const plan = this.dispatcher.draft(decided, stages);
    const result = await this.#laneOf(plan).commit({ plan, ...owned });
    if (result) this.dispatcher.committed(plan, result);
    return result;
  }

  #laneOf(plan: CommitPlan): CommitLane {
    if (insertsKey(plan)) return this.#keyLane;
    const lanes = this.#lanes;
    return lanes[lanes.length === 1 ? 0 : spread(runOf(plan)) % lanes.length] as CommitLane;
  }
}

/** That of a start: of all that plans insert, callers choose this alone. */
const insertsKey = ({ guards }: CommitPlan): boolean =>
  guards.some((guard) => guard.kind === "absent" && guard.row.table === "idempotency");

function spread(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) % 1_000_003;
  return sum;
}
