import { rmSync } from "node:fs";
import { join } from "node:path";
import type { StopMode } from "@pawl/services";
import type { Audit } from "./audit.ts";
import { effectsIn } from "./effects.ts";
import { failuresIn, slowestIn } from "./failures.ts";
import { inStory, type Told, toldAs } from "./in-story.ts";
import type { ServerOfFleet } from "./server-of-fleet.ts";
import { fillUp } from "./small-disk.ts";
import type { Story } from "./story.ts";
import { lasting, until } from "./until.ts";

/** What befalls a server, or the network before it, for a while. */
export const SERVER_FAULTS = [
  "crashed",
  "killed",
  "terminated",
  "cut",
  "answersLost",
  "requestsLost",
  "slow",
  "silent",
  "forgotten",
  "refused",
  "readOnly",
  "locked",
  "crowded",
  "shutOut",
  "tableAway",
  "diskFull",
] as const;
export type ServerFault = (typeof SERVER_FAULTS)[number];

export interface ServerFaultOptions extends Told {
  /** One after the other, each in the middle of work. */
  readonly faults: readonly ServerFault[];
  readonly faultMs: number;
  /** Default 4,000: most faults outlast it. */
  readonly leaseTtlMs?: number;
  /** Runs of each workflow that are started before each fault, and as many while it lasts. */
  readonly runsEach: number;
}

export interface ServerFaultReport extends Audit {
  readonly faults: number;
  /** Calls of the database that failed in worker processes, by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Starts that failed and were asked for again, by code. */
  readonly refusedStarts: Readonly<Record<string, number>>;
  /** Longest that a failed call of a worker took. */
  readonly slowestFailureMs: number;
  /** By fault: from its end until every run has ended, in the same processes. */
  readonly recoveriesMs: readonly number[];
}

const BEGUN_WITHIN_MS = 30_000;
const ENDED_WITHIN_MS = 60_000;
const LEASE_MS = 4_000;
const STATEMENT_TIMEOUT_MS = 1_500;

/** A server or its network fails again and again while a fleet works; no worker is started anew. */
export const tellServerFaults = (options: ServerFaultOptions): Promise<ServerFaultReport> =>
  inStory(
    {
      ...toldAs(options),
      leaseTtlMs: options.leaseTtlMs ?? LEASE_MS,
      orchestrationIntervalMs: 500,
      jobPollIntervalMs: 200,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      smallDisk: options.faults.includes("diskFull"),
    },
    async (story) => {
      const recoveriesMs: number[] = [];
      story.outage = true;
      for (const { pid } of story.fleet.all) story.disturbed.add(pid);
      for (const [i, fault] of options.faults.entries()) {
        recoveriesMs.push(await suffer(story, { ...options, fault, round: i }));
      }
      return {
        ...(await story.audit()),
        faults: options.faults.length,
        failures: failuresIn(story.fleet.all),
        refusedStarts: Object.fromEntries(story.refusedStarts),
        slowestFailureMs: slowestIn(story.fleet.all),
        recoveriesMs,
      };
    },
  );

interface Suffered extends ServerFaultOptions {
  readonly fault: ServerFault;
  readonly round: number;
}

/** Answers how long it took from the end of the fault until every run had ended. */
async function suffer(
  story: Story,
  { fault, faultMs, runsEach, round }: Suffered,
): Promise<number> {
  const { server, directory } = story;
  if (!server) throw new Error("these are faults of a server");
  const before = effectsIn(directory).length;
  await story.startMixed(runsEach, round);
  const begun = (): boolean => effectsIn(directory).length > before + 10;
  await until("work has begun", BEGUN_WITHIN_MS, begun);
  const starts = story.startMixed(runsEach, round + 1);
  await FAULTS[fault](server, faultMs);
  const endedAt = performance.now();
  await starts;
  try {
    await story.whenAllEnded(ENDED_WITHIN_MS);
  } catch (error) {
    throw new Error(`after ${fault}`, { cause: error });
  }
  return Math.round(performance.now() - endedAt);
}

type Strike = (server: ServerOfFleet, faultMs: number) => Promise<void>;

const crashed =
  (mode: StopMode): Strike =>
  async ({ own }, faultMs) => {
    if (!own) throw new Error("only a server of its own may be crashed");
    await own.stop(mode);
    await lasting(faultMs);
    await own.start();
  };

/** Does something at every beat. */
const again =
  (beatMs: number, act: (server: ServerOfFleet) => unknown): Strike =>
  async (server, faultMs) => {
    for (const until = performance.now() + faultMs; performance.now() < until; ) {
      await act(server);
      await lasting(beatMs);
    }
  };

/** Says how the server is told to begin and to end it, and makes every connection anew. */
const switched =
  (words: (server: ServerOfFleet) => readonly [begin: readonly string[], end: readonly string[]]) =>
  async (server: ServerOfFleet, faultMs: number): Promise<void> => {
    const [begin, end] = words(server);
    for (const sql of begin) await server.admin.rows(sql);
    server.network.cut();
    await lasting(faultMs);
    for (const sql of end) await server.admin.rows(sql);
  };

const isPostgres = ({ url }: ServerOfFleet): boolean => url.startsWith("postgres");

/** What only commits say. */
const commitOf = (server: ServerOfFleet): string => (isPostgres(server) ? '{"p":0' : "COMMIT");

const FAULTS: Readonly<Record<ServerFault, Strike>> = {
  crashed: crashed("immediate"),
  killed: crashed("kill"),
  terminated: again(300, terminateAll),
  cut: again(200, ({ network }) => network.cut()),
  answersLost: again(20, (server) =>
    Promise.race([server.network.loseAnswer(commitOf(server)), lasting(500)]),
  ),
  requestsLost: again(20, (server) =>
    Promise.race([server.network.loseRequest(commitOf(server)), lasting(500)]),
  ),
  slow: async ({ network }, faultMs) => {
    network.delay(100);
    await lasting(faultMs);
    network.delay(0);
  },
  silent: async ({ network }, faultMs) => {
    network.hold();
    await lasting(faultMs);
    await network.pass();
  },
  forgotten: async ({ network }, faultMs) => {
    network.forget();
    await lasting(faultMs);
  },
  refused: async ({ network }, faultMs) => {
    network.refuse();
    await lasting(faultMs);
    await network.pass();
  },
  readOnly: switched((server) =>
    isPostgres(server)
      ? [
          ["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"],
          ["ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"],
        ]
      : [["SET GLOBAL read_only = ON"], ["SET GLOBAL read_only = OFF"]],
  ),
  locked: async (server, faultMs) => {
    const seconds = faultMs / 1_000;
    await server.admin.rows(
      isPostgres(server)
        ? "DO $$ BEGIN LOCK TABLE stages IN ACCESS EXCLUSIVE MODE;" +
            ` PERFORM pg_sleep(${seconds}); END $$`
        : "BEGIN NOT ATOMIC START TRANSACTION; UPDATE stages SET fence = fence + 1;" +
            ` DO SLEEP(${seconds}); ROLLBACK; END`,
    );
  },
  crowded: switched((server) => {
    const { user } = server;
    return isPostgres(server)
      ? [[`ALTER ROLE ${user} CONNECTION LIMIT 1`], [`ALTER ROLE ${user} CONNECTION LIMIT -1`]]
      : [
          [`ALTER USER ${user} WITH MAX_USER_CONNECTIONS 1`],
          [`ALTER USER ${user} WITH MAX_USER_CONNECTIONS 0`],
        ];
  }),
  shutOut: switched((server) => {
    const { user } = server;
    return isPostgres(server)
      ? [[`ALTER ROLE ${user} NOLOGIN`], [`ALTER ROLE ${user} LOGIN`]]
      : [[`ALTER USER ${user} IDENTIFIED BY 'another'`], [`ALTER USER ${user} IDENTIFIED BY ''`]];
  }),
  tableAway: switched(() => [
    ["ALTER TABLE steps RENAME TO steps_away"],
    ["ALTER TABLE steps_away RENAME TO steps"],
  ]),
  diskFull: async ({ disk }, faultMs) => {
    if (disk === undefined) throw new Error("the database has no disk of its own");
    const ballast = join(disk, "ballast");
    fillUp(ballast);
    await lasting(faultMs);
    rmSync(ballast);
  },
};

/** Ends every connection of the fleet's user from the server's side. */
async function terminateAll(server: ServerOfFleet): Promise<void> {
  const { admin, user } = server;
  if (isPostgres(server)) {
    await admin.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ?", [
      user,
    ]);
    return;
  }
  await admin.rows(`KILL CONNECTION USER ${user}`);
}
