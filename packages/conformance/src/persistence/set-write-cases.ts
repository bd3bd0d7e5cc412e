import type { Cases } from "./bench.ts";
import { setRaceCases } from "./set-write-races.ts";
import { illegalSetCases } from "./set-write-refusals.ts";
import { setWriteCases } from "./set-writes.ts";

/** Writes over all stages or waits of a run: holding, refused and racing. */
export const SET_WRITE_CASES: readonly Cases[] = [setWriteCases, illegalSetCases, setRaceCases];
