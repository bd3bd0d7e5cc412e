import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createRegistry, EngineError } from "@pawl/kernel";
import type { OwnServer, Server } from "@pawl/services";
import { type AppParts, compose } from "../../src/compose.ts";
import { locate } from "../../src/locations.ts";
import { openPersistence } from "../../src/open-persistence.ts";
import { allWorkflows, mixedIds } from "./all-workflows.ts";
import { type Audit, audit } from "./audit.ts";
import { WatchedDatabase } from "./database.ts";
import { type Expected, expectedOutcomes } from "./expected.ts";
import { Fleet, type FleetSettings } from "./fleet.ts";
import { NO_SERVER, type ServerOfFleet, serverOfFleet } from "./server-of-fleet.ts";
import { newTemporaryFolder, removeTemporaryFolder } from "./temporary-folders.ts";
import { openHasty } from "./traced-app.ts";
import { lasting, until } from "./until.ts";

/** Starts runs, and works on none. */
type Starter = Pick<AppParts, "kernel" | "host">;

type Parts = Pick<Story, "directory" | "app" | "fleet" | "database" | "expected" | "server">;

const START_AGAIN_MS = 200;
const STARTED_WITHIN_MS = 120_000;

/** A fleet on a database of its own with everything that is needed to disturb and judge it. */
export class Story {
  readonly directory: string;
  readonly app: Starter;
  readonly fleet: Fleet;
  readonly database: WatchedDatabase;
  readonly expected: Expected;
  readonly server: ServerOfFleet | undefined;
  /** Processes that were killed, stopped or blocked: they may have lost stages. */
  readonly disturbed: Set<number> = new Set();
  /** The database was away meanwhile. */
  outage = false;
  /** Runs that `start` has answered. */
  readonly started: Set<string> = new Set();
  /** Why starts had to be asked for again, by code. */
  readonly refusedStarts: Map<string, number> = new Map();

  constructor(parts: Parts) {
    this.directory = parts.directory;
    this.app = parts.app;
    this.fleet = parts.fleet;
    this.database = parts.database;
    this.expected = parts.expected;
    this.server = parts.server;
  }

  /** Asks with one key until it is answered: there is one run, however often it was asked for. */
  async start(workflowId: string, input: unknown, queue?: string): Promise<string> {
    const workflow = allWorkflows.find(({ id }) => id === workflowId);
    if (!workflow) throw new Error(`no workflow ${workflowId}`);
    const idempotencyKey = `${workflowId} ${this.#asked++}`;
    const options = { idempotencyKey, ...(queue === undefined ? {} : { queue }) };
    const giveUpAt = performance.now() + STARTED_WITHIN_MS;
    for (;;) {
      try {
        const { workflowRunId } = await this.app.kernel.dispatch({
          type: "run.create",
          workflowId,
          workflowVersion: workflow.version,
          input,
          ...options,
        });
        this.started.add(workflowRunId);
        return workflowRunId;
      } catch (error) {
        if (!EngineError.is(error) || performance.now() > giveUpAt) throw error;
        this.refusedStarts.set(error.code, (this.refusedStarts.get(error.code) ?? 0) + 1);
      }
      await lasting(START_AGAIN_MS);
    }
  }
  #asked = 0;

  /** Starts runs of every mixed workflow, `each` of them. */
  async startMixed(each: number, from = 0): Promise<void> {
    const inputs = Array.from({ length: each }, (_, i) => (from + i) % this.expected.inputs);
    await Promise.all(inputs.flatMap((input) => mixedIds.map((id) => this.start(id, input))));
  }

  /** Resolves when every run has ended or is held. */
  async whenAllEnded(withinMs: number): Promise<void> {
    await until(
      "every run has ended",
      withinMs,
      async () => (await this.database.openRuns()) === 0,
    );
  }

  async audit(): Promise<Audit> {
    const { directory, database, expected, disturbed, fleet, started } = this;
    const slow = new Set(fleet.all.filter((worker) => worker.losses > 0).map(({ pid }) => pid));
    const { kernel } = this.app;
    const told = {
      directory,
      database,
      expected,
      disturbed,
      slow,
      outage: this.outage,
      started,
      kernel,
    };
    const { violations, ...figures } = await audit(told);
    const failed = fleet.all.filter((worker) => worker.hasFailed);
    const ended = failed.map(({ pid }) => `process ${pid} ended by itself`);
    return { violations: [...violations, ...ended], ...figures };
  }
}

/** What ends a story before its time, and where it is told. */
export interface Told {
  readonly workers: number;
  /** A server that is to keep the state, in a database of the story's own; else a file does. */
  readonly on?: Server | OwnServer | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StoryOptions extends Partial<FleetSettings>, Told {
  /** The server's database gets a disk that is soon full, if one may be mounted. */
  readonly smallDisk?: boolean;
}

export const toldAs = ({ workers, on, signal }: Told): Told => ({ workers, on, signal });

let expected: Promise<Expected> | undefined;

/**
 * Tells a story and leaves nothing behind.
 *
 * @throws the signal's reason once that is aborted
 */
export async function inStory<T>(
  { workers, signal, on, smallDisk = false, ...settings }: StoryOptions,
  tell: (story: Story) => Promise<T>,
): Promise<T> {
  const directory = newTemporaryFolder("pawl-prove-");
  const stateDirectory = settings.stateDirectory ?? join(directory, "state");
  mkdirSync(stateDirectory, { recursive: true });
  expected ??= expectedOutcomes();
  const { server, remove } = on ? await serverOfFleet(on, smallDisk) : NO_SERVER;
  const databaseUrl = server?.network.url;
  const state = { directory: stateDirectory, databasePath: undefined };
  const app = await starterOf(state.directory, databaseUrl, settings.statementTimeoutMs);
  const where = databaseUrl === undefined ? {} : { databaseUrl };
  const fleet = new Fleet({ ...settings, ...where, directory, stateDirectory });
  const watched = locate(state, { PAWL_DATABASE_URL: server?.url });
  const database = new WatchedDatabase(watched.database);
  try {
    const told = (async () => {
      await fleet.start(workers);
      const parts = { directory, app, fleet, database, server, expected: await expected };
      return tell(new Story(parts));
    })();
    return await Promise.race([told, abortionOf(signal)]);
  } finally {
    await fleet.end();
    await database.close();
    await app.host.stop();
    await remove();
    removeTemporaryFolder(directory);
  }
}

async function starterOf(
  directory: string,
  databaseUrl: string | undefined,
  statementTimeoutMs: number | undefined,
): Promise<Starter> {
  const environment = { PAWL_DATABASE_URL: databaseUrl };
  const { database, blobDirectory } = locate({ directory, databasePath: undefined }, environment);
  const registry = createRegistry(allWorkflows);
  const migrated = await openPersistence(database, { synchronous: "FULL", migrate: true });
  if (statementTimeoutMs !== undefined) await migrated.close();
  const persistence =
    statementTimeoutMs === undefined ? migrated : await openHasty(database, statementTimeoutMs);
  const options = { workflows: [], logger: { log: () => {} } };
  return compose(options, { persistence, registry, blobDirectory });
}

const abortionOf = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const abort = (): void => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
  });
