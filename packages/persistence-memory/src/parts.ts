import { type ClaimParts, claimParts, claimStages } from "./claim.ts";
import { type CommitParts, commitParts, commitPlan } from "./commit.ts";
import { type FindParts, findParts } from "./find.ts";
import { type HeartbeatParts, heartbeatParts } from "./heartbeat.ts";
import { type LoadParts, loadParts, loadSnapshot } from "./load.ts";
import { type MemoParts, memoParts } from "./memo.ts";
import { type SweepParts, sweepParts } from "./sweep.ts";
import { type TakeParts, takeParts, takeRows } from "./take.ts";

/** Steps that happen in one tick here; a mutant may let others in between. */
export interface Ticks {
  readonly commit: Ticked<typeof commitPlan>;
  readonly claim: Ticked<typeof claimStages>;
  readonly load: Ticked<typeof loadSnapshot>;
  readonly take: typeof takeRows;
}

type Ticked<F> = F extends (...given: infer A) => infer R ? (...given: A) => R | Promise<R> : never;

/** Everything the adapter does, piece by piece. Tests replace one piece and must see it missing. */
export interface Parts {
  readonly ticks: Ticks;
  readonly commit: CommitParts;
  readonly claim: ClaimParts;
  readonly load: LoadParts;
  readonly memo: MemoParts;
  readonly heartbeat: HeartbeatParts;
  readonly sweep: SweepParts;
  readonly take: TakeParts;
  readonly find: FindParts;
}

export const memoryParts: Parts = {
  ticks: { commit: commitPlan, claim: claimStages, load: loadSnapshot, take: takeRows },
  commit: commitParts,
  claim: claimParts,
  load: loadParts,
  memo: memoParts,
  heartbeat: heartbeatParts,
  sweep: sweepParts,
  take: takeParts,
  find: findParts,
};
