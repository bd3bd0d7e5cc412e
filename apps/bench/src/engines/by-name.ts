import { bareEngine } from "./bare-sqlite.ts";
import type { Engine, EngineName, StoreName } from "./engine.ts";
import { ALL_ON_MARIADB } from "./mariadb/all-on-mariadb.ts";
import { openWorkflowEngine } from "./openworkflow.ts";
import { pawlEngine } from "./pawl.ts";
import { ALL_ON_POSTGRES } from "./postgres/all-on-postgres.ts";
import { ALL_TRANSPORTS } from "./transports/all-transports.ts";

/** By the store they are measured on, in the order in which tables show them. */
const ENGINES: { readonly [store in StoreName]: readonly Engine[] } = {
  sqlite: [pawlEngine, bareEngine, openWorkflowEngine],
  postgres: ALL_ON_POSTGRES,
  mariadb: ALL_ON_MARIADB,
  transports: ALL_TRANSPORTS,
};

export const engineNames = (store: StoreName): readonly EngineName[] =>
  ENGINES[store].map(({ name }) => name);

/** @throws RangeError when the store has no such engine */
export function engineOf(store: StoreName, name: EngineName): Engine {
  const found = ENGINES[store].find((engine) => engine.name === name);
  if (found) return found;
  throw new RangeError(`${name} is not measured on ${store}.`);
}
