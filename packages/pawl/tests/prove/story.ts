import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Pawl, pawl } from "../../src/index.ts";
import { allWorkflows, mixedIds } from "./all-workflows.ts";
import { type Audit, audit } from "./audit.ts";
import { WatchedDatabase } from "./database.ts";
import { type Expected, expectedOutcomes } from "./expected.ts";
import { Fleet, type FleetSettings } from "./fleet.ts";
import { newTemporaryFolder, removeTemporaryFolder } from "./temporary-folders.ts";
import { until } from "./until.ts";

/** A fleet on a directory of its own with everything that is needed to disturb and judge it. */
export class Story {
  readonly directory: string;
  readonly app: Pawl;
  readonly fleet: Fleet;
  readonly database: WatchedDatabase;
  readonly expected: Expected;
  /** Processes that were killed, stopped or blocked: they may have lost stages. */
  readonly disturbed: Set<number> = new Set();

  constructor(parts: Pick<Story, "directory" | "app" | "fleet" | "database" | "expected">) {
    this.directory = parts.directory;
    this.app = parts.app;
    this.fleet = parts.fleet;
    this.database = parts.database;
    this.expected = parts.expected;
  }

  async start(workflowId: string, input: unknown, queue?: string): Promise<string> {
    const workflow = allWorkflows.find(({ id }) => id === workflowId);
    if (!workflow) throw new Error(`no workflow ${workflowId}`);
    const run = await this.app.start(workflow, input, queue === undefined ? {} : { queue });
    return run.id;
  }

  /** Starts runs of every mixed workflow, `each` of them. */
  async startMixed(each: number, from = 0): Promise<void> {
    const inputs = Array.from({ length: each }, (_, i) => (from + i) % this.expected.inputs);
    await Promise.all(inputs.flatMap((input) => mixedIds.map((id) => this.start(id, input))));
  }

  /** Resolves when every run has ended or is held. */
  async whenAllEnded(withinMs: number): Promise<void> {
    await until("every run has ended", withinMs, () => this.database.openRuns() === 0);
  }

  audit(): Promise<Audit> {
    const { directory, database, expected, disturbed, fleet } = this;
    const slow = new Set(fleet.all.filter((worker) => worker.losses > 0).map(({ pid }) => pid));
    return audit({ directory, database, expected, disturbed, slow, kernel: this.app.kernel });
  }
}

/** What ends a story before its time. */
export interface Interruptible {
  readonly signal?: AbortSignal | undefined;
}

export interface StoryOptions extends Partial<FleetSettings>, Interruptible {
  readonly workers: number;
}

let expected: Promise<Expected> | undefined;

/**
 * Tells a story and leaves nothing behind.
 *
 * @throws the signal's reason once that is aborted
 */
export async function inStory<T>(
  { workers, signal, ...settings }: StoryOptions,
  tell: (story: Story) => Promise<T>,
): Promise<T> {
  const directory = newTemporaryFolder("pawl-prove-");
  const stateDirectory = settings.stateDirectory ?? join(directory, "state");
  mkdirSync(stateDirectory, { recursive: true });
  expected ??= expectedOutcomes();
  const app = await pawl({
    workflows: allWorkflows,
    directory: stateDirectory,
    environment: {},
    worker: false,
    logger: { log: () => {} },
  });
  const fleet = new Fleet({ ...settings, directory, stateDirectory });
  const database = new WatchedDatabase(stateDirectory);
  try {
    const told = (async () => {
      await fleet.start(workers);
      return tell(new Story({ directory, app, fleet, database, expected: await expected }));
    })();
    return await Promise.race([told, abortionOf(signal)]);
  } finally {
    await fleet.end();
    database.close();
    await app.stop();
    removeTemporaryFolder(directory);
  }
}

const abortionOf = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const abort = (): void => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
  });
