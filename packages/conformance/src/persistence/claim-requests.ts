import type { ClaimedStage, ClaimRequest } from "@pawl/kernel/ports";
import type { Bench } from "./bench.ts";

/** A claim by the session of the default worker row, for the default definition. */
export const requestOf = (part: Partial<ClaimRequest> = {}): ClaimRequest => ({
  namespace: "default",
  session: { id: "session", epoch: 1 },
  definitions: ["orders@1#0"],
  limit: 10,
  memoRecordsMax: 256,
  memoBytesMax: 256 * 1024,
  ...part,
});

export const claimOf = (
  bench: Pick<Bench, "persistence">,
  part: Partial<ClaimRequest> = {},
): Promise<readonly ClaimedStage[]> => bench.persistence.claim(requestOf(part));
