import type { Engine } from "../engine.ts";
import { bareBullmqEngine } from "./bare-bullmq.ts";
import { bareSqsEngine } from "./bare-sqs.ts";
import { pawlOverBullmq, pawlOverSql, pawlOverSqs } from "./pawl-over.ts";

/** In the order in which tables show them. */
export const ALL_TRANSPORTS: readonly Engine[] = [
  pawlOverSql,
  pawlOverBullmq,
  pawlOverSqs,
  bareBullmqEngine,
  bareSqsEngine,
];
