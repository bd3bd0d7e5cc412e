import { claims } from "./claims.ts";
import { distance } from "./distance.ts";
import { jobs } from "./jobs.ts";
import { kills } from "./kills.ts";
import { limits } from "./limits.ts";
import { pickup } from "./pickup.ts";
import { processes } from "./processes.ts";
import { serverCost } from "./server-cost.ts";
import { serverIdle } from "./server-idle.ts";

/** What there is to measure where a server keeps the runs. */
export const ONLY_ON_SERVERS = {
  kills,
  distance,
  processes,
  "server-cost": serverCost,
  "server-idle": serverIdle,
  claims,
  pickup,
  jobs,
  limits,
} as const;
