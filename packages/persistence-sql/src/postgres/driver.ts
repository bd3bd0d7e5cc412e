import { EngineError } from "@pawl/kernel";
import type pg from "pg";

export type PostgresPool = pg.Pool;
/** What is asked of a pool. */
export interface PostgresClients {
  connect(done: (error: Error | undefined, client: PostgresClient | undefined) => void): void;
  end(): Promise<void>;
}
export type PostgresClient = pg.PoolClient;
export type PostgresDriver = typeof pg;

export interface PostgresSource {
  load(): Promise<{ readonly default: PostgresDriver }>;
}

const ownSource: PostgresSource = { load: () => import("pg") };

/** Loads pg. Throws E_DRIVER_MISSING when it is not installed. */
export async function loadPostgres(source: PostgresSource = ownSource): Promise<PostgresDriver> {
  try {
    return (await source.load()).default;
  } catch (cause) {
    throw new EngineError(
      "E_DRIVER_MISSING",
      "the package pg can't be loaded: install it beside @pawl/persistence-sql " +
        "(npm install pg@8.23.1)",
      { cause, details: { package: "pg" } },
    );
  }
}
