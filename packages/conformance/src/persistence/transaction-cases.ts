import { batchCases } from "./batch.ts";
import type { Cases } from "./bench.ts";
import { bindCases } from "./bind.ts";
import { commitCases } from "./commit.ts";

/** What is written together: by a plan, by a batch, by a transaction of the caller's. */
export const TRANSACTION_CASES: readonly Cases[] = [commitCases, batchCases, bindCases];
