import { CLAIM_MUTANTS } from "./claim.ts";
import { COMMIT_MUTANTS } from "./commit.ts";
import { GUARD_MUTANTS } from "./guards.ts";
import type { Mutant } from "./mutant.ts";
import { READ_MUTANTS } from "./reads.ts";
import { HEARTBEAT_MUTANTS, SWEEP_MUTANTS, TAKE_MUTANTS } from "./sessions.ts";
import { SET_WRITE_MUTANTS } from "./set-writes.ts";
import { WRITE_MUTANTS } from "./writes.ts";

/** Every way in which the adapter is broken, with the clause that must tell. */
export const MUTANTS: readonly Mutant[] = [
  ...GUARD_MUTANTS,
  ...COMMIT_MUTANTS,
  ...WRITE_MUTANTS,
  ...SET_WRITE_MUTANTS,
  ...CLAIM_MUTANTS,
  ...READ_MUTANTS,
  ...HEARTBEAT_MUTANTS,
  ...SWEEP_MUTANTS,
  ...TAKE_MUTANTS,
];
