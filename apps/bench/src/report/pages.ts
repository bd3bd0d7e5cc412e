import type { StoreName } from "../engines/engine.ts";
import { MARIADB_METHOD, POSTGRES_METHOD, SQLITE_METHOD } from "./methods.ts";
import { TRANSPORTS_METHOD, TRANSPORTS_RATIO, TRANSPORTS_READING } from "./transports-text.ts";

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
  /** What a reader gets from the figures, where bounds do not say it. */
  readonly reading?: string;
  /** How to read the ratios in the table. */
  readonly ratio: string;
  /** What each durability promises, in their order. */
  readonly durabilities: readonly string[];
}

const RATIO: string =
  'In the tables below, "Pawl is … ×" another says how many times better Pawl is: the median of ' +
  "the ratios of single repetitions, each engine's beside Pawl's of the same repetition, and so " +
  "not the ratio of the two medians. Where less is better, as of times and bytes, the ratio is " +
  "turned round: more than 1 always means that Pawl is better, less than 1 that the other is.";

export const PAGES: { readonly [store in StoreName]: Page } = {
  sqlite: {
    page: "BENCH.md",
    charts: "bench",
    samples: "latest.json",
    command: "pnpm@12.21.0 bench",
    engine: "pawl",
    title: "# Benchmarks",
    method: SQLITE_METHOD,
    ratio: RATIO,
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
    ratio: RATIO,
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
    ratio: RATIO,
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
    reading: TRANSPORTS_READING,
    ratio: TRANSPORTS_RATIO,
    durabilities: [
      "A start that was answered survives loss of power, whatever becomes of a broker: jobs are " +
        "hints, and what a broker loses is dispatched again.",
    ],
  },
};
