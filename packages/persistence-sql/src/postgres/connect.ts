import { PostgresConnection } from "./connection.ts";
import type { PostgresPersistenceOptions } from "./options.ts";
import type { PostgresPools } from "./own-pools.ts";
import { placeOf } from "./place.ts";
import { PoolLink } from "./pool-link.ts";

const STATEMENT_TIMEOUT_MS = 30_000;

/** Calls on pools of pg, which are left open when they are the caller's. */
export function connectPools(
  pools: PostgresPools,
  options: PostgresPersistenceOptions,
): PostgresConnection {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS, prepare = true, observe } = options;
  const ownsPools = options.pool === undefined;
  const place = placeOf(options);
  return new PostgresConnection(
    new PoolLink({ ...pools, ownsPools, place, statementTimeoutMs, prepare }),
    observe,
  );
}
