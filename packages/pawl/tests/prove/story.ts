import { EngineError } from "@pawl/kernel";
import { allWorkflows, mixedIds } from "./all-workflows.ts";
import { type Audit, audit } from "./audit.ts";
import type { WatchedDatabase } from "./database.ts";
import type { Expected } from "./expected.ts";
import type { Fleet } from "./fleet.ts";
import type { QueueOfFleet } from "./queue-of-fleet.ts";
import type { ServerOfFleet } from "./server-of-fleet.ts";
import type { Starter } from "./starter.ts";
import { lasting, until } from "./until.ts";

type Parts = Pick<
  Story,
  "directory" | "app" | "fleet" | "database" | "expected" | "server" | "queue"
>;

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
  readonly queue: QueueOfFleet | undefined;
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
    this.queue = parts.queue;
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
