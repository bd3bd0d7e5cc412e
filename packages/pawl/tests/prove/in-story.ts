import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { OwnServer, Server } from "@pawl/services";
import { locate } from "../../src/locations.ts";
import { WatchedDatabase } from "./database.ts";
import { type Expected, expectedOutcomes } from "./expected.ts";
import { Fleet, type FleetSettings } from "./fleet.ts";
import type { QueueOfFleet } from "./queue-of-fleet.ts";
import { NO_SERVER, serverOfFleet } from "./server-of-fleet.ts";
import { starterOf } from "./starter.ts";
import { Story } from "./story.ts";
import { newTemporaryFolder, removeTemporaryFolder } from "./temporary-folders.ts";

/** What ends a story before its time, and where it is told. */
export interface Told {
  readonly workers: number;
  /** A server that is to keep the state, in a database of the story's own; else a file does. */
  readonly on?: Server | OwnServer | undefined;
  /** What carries jobs; else the database does. */
  readonly queue?: QueueOfFleet | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StoryOptions extends Partial<FleetSettings>, Told {
  /** The server's database gets a disk that is soon full, if one may be mounted. */
  readonly smallDisk?: boolean;
}

export const toldAs = ({ workers, on, queue, signal }: Told): Told => ({
  workers,
  on,
  queue,
  signal,
});

let expected: Promise<Expected> | undefined;

/**
 * Tells a story and leaves nothing behind.
 *
 * @throws the signal's reason once that is aborted
 */
export async function inStory<T>(
  { workers, signal, on, queue, smallDisk = false, ...settings }: StoryOptions,
  tell: (story: Story) => Promise<T>,
): Promise<T> {
  const directory = newTemporaryFolder("pawl-prove-");
  const stateDirectory = settings.stateDirectory ?? join(directory, "state");
  mkdirSync(stateDirectory, { recursive: true });
  expected ??= expectedOutcomes();
  const { server, remove } = on ? await serverOfFleet(on, smallDisk) : NO_SERVER;
  const databaseUrl = server?.network.url;
  const state = { directory: stateDirectory, databasePath: undefined };
  const where = {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(queue ? { queueUrl: queue.url, environment: queue.environment } : {}),
  };
  const app = await starterOf(state.directory, { ...settings, ...where });
  const fleet = new Fleet({ ...settings, ...where, directory, stateDirectory });
  const watched = locate(state, { PAWL_DATABASE_URL: server?.url });
  const database = new WatchedDatabase(watched);
  try {
    const told = (async () => {
      await fleet.start(workers);
      const parts = { directory, app, fleet, database, server, queue, expected: await expected };
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

const abortionOf = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const abort = (): void => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
  });
