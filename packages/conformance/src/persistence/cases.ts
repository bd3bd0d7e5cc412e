import type { Cases } from "./bench.ts";
import { findCases } from "./find.ts";
import { guardCases } from "./guards.ts";
import { hostileCases } from "./hostile.ts";
import { raceCases } from "./races.ts";
import { refusalCases } from "./refusals.ts";
import { SET_WRITE_CASES } from "./set-write-cases.ts";
import { TRANSACTION_CASES } from "./transaction-cases.ts";
import { WORKER_CASES } from "./worker-cases.ts";
import { writeCases } from "./writes.ts";

export const CASES: readonly Cases[] = [
  ...TRANSACTION_CASES,
  guardCases,
  writeCases,
  ...SET_WRITE_CASES,
  hostileCases,
  ...WORKER_CASES,
  findCases,
  raceCases,
  refusalCases,
];
