import type { Engine } from "../engine.ts";
import { pawlOn } from "../pawl-on-server.ts";
import { barePostgresEngine } from "./bare-postgres.ts";
import { bullmqEngine } from "./bullmq.ts";
import { bullmqOnPostgresEngine } from "./bullmq-on-postgres.ts";
import { dbosEngine } from "./dbos.ts";
import { dbosInProcessEngine } from "./dbos-in-process.ts";
import { graphileEngine } from "./graphile.ts";
import { openWorkflowPostgresEngine } from "./openworkflow-postgres.ts";
import { pgBossEngine } from "./pg-boss.ts";
import { restateEngine } from "./restate.ts";

/** In the order in which tables show them. */
export const ALL_ON_POSTGRES: readonly Engine[] = [
  pawlOn("postgres"),
  barePostgresEngine,
  openWorkflowPostgresEngine,
  dbosEngine,
  dbosInProcessEngine,
  restateEngine,
  pgBossEngine,
  graphileEngine,
  bullmqEngine,
  bullmqOnPostgresEngine,
];
