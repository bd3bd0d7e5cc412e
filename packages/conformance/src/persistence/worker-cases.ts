import type { Cases } from "./bench.ts";
import { claimCases } from "./claim.ts";
import { claimRaceCases } from "./claim-races.ts";
import { claimWaitCases } from "./claim-waits.ts";
import { heartbeatCases } from "./heartbeat.ts";
import { loadCases } from "./load.ts";
import { memoCases } from "./memo.ts";
import { notifyCases } from "./notify.ts";
import { separateHeartbeatCases } from "./separate-heartbeat.ts";
import { sweepCases } from "./sweep.ts";
import { takeCases } from "./take.ts";

/** What workers ask of a store. */
export const WORKER_CASES: readonly Cases[] = [
  claimCases,
  claimWaitCases,
  claimRaceCases,
  memoCases,
  loadCases,
  heartbeatCases,
  separateHeartbeatCases,
  sweepCases,
  takeCases,
  notifyCases,
];
