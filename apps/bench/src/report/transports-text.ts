/** What a reader gets; nothing here is a figure, so that it holds on other machines too. */
export const TRANSPORTS_READING: string = `\
**The figures of SQS are an emulator's, not AWS's.** It is one process on the same machine,
which has one thread for all and takes its share of the cores; AWS is further away and carries
out any number of requests side by side. The emulator has a column for itself: only how near
Pawl comes to that says anything about Pawl.

- **SQL** (\`PAWL_QUEUE_URL\` unset) is what to begin with, and mostly to stay with: nothing to
  run beside PostgreSQL, the least work for it in each run, and for that reason mostly the most
  runs per second. A run that starts in a worker with a free slot begins at once, without a way
  through any queue; to other processes PostgreSQL brings the news.
- **BullMQ** spares the database nothing: each run has a row more there, written with the start
  and deleted when Redis has the job, and an idle worker asks it as often. It is worth that
  where a database brings no news (MariaDB, or PostgreSQL behind a pooler in transaction mode),
  so that over SQL an idle worker finds a run up to five seconds late, and where BullMQ's
  dashboards and \`pause\` are wanted for Pawl's queues too.
- **SQS** is worth it where functions are to be called for jobs, as on Lambda, or where a fleet
  grows with the length of its queue. It is paid by request: runs that come one at a time cost
  one each to send, to receive and to delete; under load up to ten share one.
- None is more durable or safer than another: the database decides who executes what. A broker
  that is away delays, and loses nothing.
- A queue that knows only jobs is several times quicker than runs, whichever carries them: it
  keeps no steps, no results and no history, and Redis answers before its file is synchronised.
  Without need for these, take such a queue.`;

export const TRANSPORTS_RATIO: string =
  'In the table below, "one is … × another" says how many times better it is: the median of the ' +
  "ratios of single repetitions. Where less is better, as of times and bytes, the ratio is " +
  "turned round: more than 1 always means that the first is better. Beside SQL it says what a " +
  "broker costs or brings; beside the bare transport, what Pawl does beyond it.";

export const TRANSPORTS_METHOD: string = `\
- One PostgreSQL, one Redis and one emulator of SQS for all, started for this; every measurement
  is a new process with a new database, an emptied Redis and a new queue. Every second
  repetition goes through the engines backwards.
- The workflows, the options and the worker are the same: \`PAWL_QUEUE_URL\` alone differs.
- PostgreSQL and Redis are as durable as they come: a commit waits for the disk; Redis answers
  at once and synchronises its append-only file every second. Loss of power may take that
  second: of bare BullMQ its jobs, of Pawl some time until the sweep dispatches them again. The
  emulator writes messages to SQLite.
- Many short runs: 200 at once, of bare transports too; 32 starts under way; the end is when the
  database calls all of them completed, looked at every 25 ms (BullMQ: by its own count; SQS: by
  what its consumer has deleted); 500 runs before them warm up the process. Everything else: 10
  at once.
- Start to last end, and latency from start to result: starter and worker are one process. Over
  SQL such a run needs no queue; over a broker it goes there and comes back.
- Idle workers: two worker processes do nothing, a third process starts a run of one step every
  50 to 250 ms, and the clock that all processes of a machine share tells when the step's first
  line is reached: 200 starts. From the call of \`start\`, and from its answer, which comes when
  the database has the run; of bare transports, when they have the job. It may be negative: a
  worker can be quicker than the answer.
- A start is answered before its job is handed over. "Added" so counts answers of the database
  with Pawl, of Redis with BullMQ, and of the emulator with SQS.
- Jobs are runs without steps. They are added one by one, 32 under way; bare SQS gathers what is
  added at the same time into requests of ten, as Pawl does.
- Statements are what \`pg_stat_statements\` counted for the engine's role, all but BEGIN,
  COMMIT and the like; bytes are how far the write-ahead log went, from a checkpoint on.
- Idle: 15 s, after 10 s in which loops may slow down; all engines at once, each on a database
  of its own.`;
