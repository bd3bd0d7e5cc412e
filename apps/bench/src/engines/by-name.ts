import { bareEngine } from "./bare-sqlite.ts";
import type { Engine, EngineName } from "./engine.ts";
import { openWorkflowEngine } from "./openworkflow.ts";
import { pawlEngine } from "./pawl.ts";

/** In the order in which tables show them. */
export const ENGINES: { readonly [name in EngineName]: Engine } = {
  pawl: pawlEngine,
  bare: bareEngine,
  openworkflow: openWorkflowEngine,
};
