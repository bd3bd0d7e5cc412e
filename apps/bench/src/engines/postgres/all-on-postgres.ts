import type { Engine } from "../engine.ts";
import { barePostgresEngine } from "./bare-postgres.ts";
import { dbosEngine } from "./dbos.ts";
import { dbosInProcessEngine } from "./dbos-in-process.ts";
import { graphileEngine } from "./graphile.ts";
import { openWorkflowPostgresEngine } from "./openworkflow-postgres.ts";
import { pawlOnPostgresEngine } from "./pawl-on-postgres.ts";
import { pgBossEngine } from "./pg-boss.ts";
import { restateEngine } from "./restate.ts";

/** In the order in which tables show them. */
export const ALL_ON_POSTGRES: readonly Engine[] = [
  pawlOnPostgresEngine,
  barePostgresEngine,
  openWorkflowPostgresEngine,
  dbosEngine,
  dbosInProcessEngine,
  restateEngine,
  pgBossEngine,
  graphileEngine,
];
