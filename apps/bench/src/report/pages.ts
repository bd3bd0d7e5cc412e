import type { StoreName } from "../engines/engine.ts";
import { MARIADB_METHOD, POSTGRES_METHOD, SQLITE_METHOD, TRANSPORTS_METHOD } from "./methods.ts";

export interface Page {
  /** File in `docs`. */
  readonly page: string;
  /** How the files of its charts begin. */
  readonly charts: string;
  /** File in `apps/bench/results`. */
  readonly samples: string;
  readonly command: string;
  /** An engine to show how to measure one. */
  readonly engine: string;
  readonly title: string;
  readonly method: string;
  /** What each durability promises, in their order. */
  readonly durabilities: readonly string[];
}

export const PAGES: { readonly [store in StoreName]: Page } = {
  sqlite: {
    page: "BENCH.md",
    charts: "bench",
    samples: "latest.json",
    command: "pnpm@12.21.0 bench",
    engine: "pawl",
    title: "# Benchmarks",
    method: SQLITE_METHOD,
    durabilities: [
      "A commit that was answered survives loss of power.",
      "It survives the end of the process; loss of power may take the last commits.",
    ],
  },
  postgres: {
    page: "BENCH-POSTGRES.md",
    charts: "bench-postgres",
    samples: "latest-postgres.json",
    command: "pnpm@12.21.0 bench --store postgres",
    engine: "dbos",
    title: "# Benchmarks on PostgreSQL",
    method: POSTGRES_METHOD,
    durabilities: ["A commit that was answered survives loss of power."],
  },
  mariadb: {
    page: "BENCH-MARIADB.md",
    charts: "bench-mariadb",
    samples: "latest-mariadb.json",
    command: "pnpm@12.21.0 bench --store mariadb",
    engine: "pawl",
    title: "# Benchmarks on MariaDB",
    method: MARIADB_METHOD,
    durabilities: ["A commit that was answered survives loss of power."],
  },
  transports: {
    page: "BENCH-TRANSPORTS.md",
    charts: "bench-transports",
    samples: "latest-transports.json",
    command: "pnpm@12.21.0 bench --store transports",
    engine: "pawl-bullmq",
    title: "# Transports beside each other",
    method: TRANSPORTS_METHOD,
    durabilities: ["A commit that was answered survives loss of power."],
  },
};
