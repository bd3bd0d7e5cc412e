const EXTRA_TIME: string = `The extra time is that less the same for a
  run of 1 step: both vary more than they differ, so it may come out negative, which says that
  the records cost too little to see.`;

export const SQLITE_METHOD: string = `\
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

const SERVER_METHOD: string = `\
- One server for all, started for this with the durability it comes with. Every measurement is a new
  process with new databases on it. Every second repetition goes through the engines backwards.
- The same work for all: a step's body returns a small object at once. See
  [\`work.ts\`](../apps/bench/src/work/work.ts).
- Starter and worker are in one process, but for \`recovery\` and worker processes.
- Latency: one run at a time, from the call that starts it to its result in the same process; 100
  runs each. After silence: 3 runs, each after 1.2 to 2.6 s in which nothing happened.
- 2 ms away: a proxy in another process holds what goes to the server for 1 ms, and what comes
  back; timers make it a little more. 30 runs for each latency, 100 steps in a row, 300 runs.
- Steps in a row: from the begin of one body to the begin of the next, after 900 steps to warm up;
  two runs of 1,000, medians of them, and one of 10,000. ms/step is a median of 100 steps; steps/s
  counts all.
- Waking: the run sleeps after its steps, its process ends, and a new one of the same name begins
  when the sleep is over; from there to the body's next line. ${EXTRA_TIME}
- Recovery: SIGKILL for the worker that runs step 5 of 20. Another worker is there; where only the
  same one can go on, it is started again at once.
- Claims: three databases side by side, one of them empty; the others hold 100,000 ready runs of
  workflows that no worker here knows, and 1,000,000 finished runs: copies of a real one without
  its events. 300 rounds, each of them one claim or one run on every database; medians. A claim is
  what a worker asks for, of one run, without carrying it out.
- Idle: 15 s, after 10 s in which loops may slow down; all engines at once, each on a database
  of its own.
- Rows inserted: tables with a primary key and nothing else.`;

const MANY_RUNS: string =
  "Many short runs: 200 at once; 32 starts under way; the end is when the database calls all of " +
  "them\n  completed, looked at every 25 ms";

export const POSTGRES_METHOD: string = `\
${SERVER_METHOD} One per transaction by pgbench where the
  machine has it, else by Node, with 1, 8 and 32 connections; 64 per statement by Node.
- ${MANY_RUNS} (Restate: 100 ms); 500 runs before them warm up the
  process. Everything else: 10 at once.
- 10,000 steps in a row are measured with Pawl and the bare driver alone: of the others they would
  take minutes. OpenWorkflow ends a run at 1,000 operations: it is measured with 999 steps and one
  sleep.
- Statements are what \`pg_stat_statements\` counted for the engine's role, all but BEGIN, COMMIT
  and the like; bytes are how far the write-ahead log went, from a checkpoint on. Who looks for
  work in between has that in its figure.
- Jobs are runs without steps; queues for jobs know no steps, and results only some of them.
  They are added one by one, 32 under way.`;

export const MARIADB_METHOD: string = `\
${SERVER_METHOD} One per transaction and 64 per
  statement, both by Node with prepared statements, over 1, 8 and 32 connections, and 1 and 2.
- ${MANY_RUNS}; 500 runs before them warm up the process. Everything
  else: 10 at once.
- InnoDB has 1 GiB for its pages and as much for its log, since it reads past the system's cache;
  everything else is as it comes.
- Statements are what MariaDB's user statistics counted for the engine's user as reading or
  writing: not BEGIN, COMMIT, SET, and not to prepare. Bytes are how far InnoDB's log went.
- Jobs are runs without steps.
- Pawl stands here beside the driver alone: DBOS and OpenWorkflow keep their runs in PostgreSQL (or
  SQLite), Restate in a log of its own; pg-boss and graphile-worker know PostgreSQL, BullMQ Redis
  and PostgreSQL. How Pawl does beside them is on [the page of PostgreSQL](BENCH-POSTGRES.md).`;
