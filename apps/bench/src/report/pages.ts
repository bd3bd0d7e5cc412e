import type { StoreName } from "../engines/engine.ts";

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

const EXTRA_TIME: string = `The extra time is that less the same for a
  run of 1 step: both vary more than they differ, so it may come out negative, which says that
  the records cost too little to see.`;

const SQLITE_METHOD: string = `\
- Every measurement is a new process with new files. Every second repetition goes through the
  engines backwards.
- The same work for all: a step's body returns a small object at once. See
  [\`work.ts\`](../apps/bench/src/work/work.ts).
- Many short runs: 200 at once, where OpenWorkflow was at its best; 32 starts under way; the end is
  when the database calls all of them completed; 2,000 runs before them warm up the process.
  Everything else: 10 at once, Pawl's default.
- Latency: one run at a time, from the call that starts it to its result in the same process; 100
  runs each. After silence: 7 runs, each after 1.2 to 2.6 s in which nothing happened.
- Steps in a row: from the begin of one body to the begin of the next, after 9,000 steps
  to warm up; five runs of each length, medians of them. ms/step is a median of 100 steps;
  steps/s counts all.
- Waking: the run sleeps after its steps, its process ends, and a new one opens the file when the
  sleep is over; from there to the body's next line. ${EXTRA_TIME}
- Recovery: two workers are there; the one that runs step 5 of 20 gets SIGKILL.
- Commits and bytes are read from the write-ahead log, which a reader keeps from being reset.
  Statements are counted in the drivers, all but BEGIN, COMMIT and the like. OpenWorkflow looks for
  work in between; that is in its figure when runs come one at a time.
- Idle: 20 s, after 15 s in which loops may slow down.
- OpenWorkflow ends a run at 1,000 operations: there it is measured with 999 steps and one sleep,
  and not with 10,000.`;

const POSTGRES_METHOD: string = `\
- One server for all, started for this with the durability it comes with. Every measurement is a new
  process with new databases on it. Every second repetition goes through the engines backwards.
- The same work for all: a step's body returns a small object at once. See
  [\`work.ts\`](../apps/bench/src/work/work.ts).
- Starter and worker are in one process, but for \`recovery\` and worker processes.
- Many short runs: 200 at once; 32 starts under way; the end is when the database calls all of them
  completed, looked at every 25 ms (Restate: 100 ms); 2,000 runs before them warm up the process.
  Everything else: 10 at once.
- Latency: one run at a time, from the call that starts it to its result in the same process; 100
  runs each. After silence: 7 runs, each after 1.2 to 2.6 s in which nothing happened.
- 2 ms away: a proxy in another process holds what goes to the server for 1 ms, and what comes
  back; timers make it a little more.
- Steps in a row: from the begin of one body to the begin of the next, after 1,800 steps
  to warm up; two runs of each length, medians of them. ms/step is a median of 100 steps;
  steps/s counts all.
- Waking: the run sleeps after its steps, its process ends, and a new one of the same name begins
  when the sleep is over; from there to the body's next line. ${EXTRA_TIME}
- Recovery: SIGKILL for the worker that runs step 5 of 20. Another worker is there; where only the
  same one can go on, it is started again at once.
- Statements are what \`pg_stat_statements\` counted for the engine's role, all but BEGIN, COMMIT
  and the like; bytes are how far the write-ahead log went, from a checkpoint on. Who looks for
  work in between has that in its figure.
- Idle: 20 s, after 15 s in which loops may slow down.
- OpenWorkflow ends a run at 1,000 operations: there it is measured with 999 steps and one sleep,
  and not with 10,000.
- Jobs are runs without steps; queues for jobs know no steps, and no results.`;

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
};
