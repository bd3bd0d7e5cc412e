import { batchCases } from "./batch.ts";
import type { Cases } from "./bench.ts";
import { commitCases } from "./commit.ts";
import { findCases } from "./find.ts";
import { guardCases } from "./guards.ts";
import { hostileCases } from "./hostile.ts";
import { raceCases } from "./races.ts";
import { refusalCases } from "./refusals.ts";
import { setRaceCases } from "./set-write-races.ts";
import { illegalSetCases } from "./set-write-refusals.ts";
import { setWriteCases } from "./set-writes.ts";
import { WORKER_CASES } from "./worker-cases.ts";
import { writeCases } from "./writes.ts";

export const CASES: readonly Cases[] = [
  commitCases,
  guardCases,
  writeCases,
  setWriteCases,
  illegalSetCases,
  hostileCases,
  batchCases,
  ...WORKER_CASES,
  findCases,
  raceCases,
  setRaceCases,
  refusalCases,
];
