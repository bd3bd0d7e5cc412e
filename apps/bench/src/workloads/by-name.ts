import { engineNames } from "../engines/by-name.ts";
import type { StoreName, Synchronous } from "../engines/engine.ts";
import { cost } from "./cost.ts";
import { drain } from "./drain.ts";
import { idle } from "./idle.ts";
import { latency } from "./latency.ts";
import { longRun } from "./long-run.ts";
import { ONLY_ON_SERVERS } from "./only-on-servers.ts";
import { parallel } from "./parallel.ts";
import { recovery } from "./recovery.ts";
import type { Workload, WorkloadName } from "./workload.ts";

/** In the order in which they are measured and shown. */
export const WORKLOADS: { readonly [name in WorkloadName]: Workload } = {
  drain,
  latency,
  parallel,
  "long-run": longRun,
  recovery,
  cost,
  idle,
  ...ONLY_ON_SERVERS,
};

/** The durabilities that each store is measured with. */
export const SYNCHRONOUS: { readonly [store in StoreName]: readonly Synchronous[] } = {
  sqlite: ["FULL", "NORMAL"],
  postgres: ["on"],
  mariadb: ["1"],
  transports: ["on"],
};

export const workloadNames = (store: StoreName): readonly WorkloadName[] =>
  Object.values(WORKLOADS)
    .filter(({ synchronous }) => synchronous.some((each) => SYNCHRONOUS[store].includes(each)))
    .filter(({ engines }) => engineNames(store).some((each) => engines.includes(each)))
    .map(({ name }) => name);
