import { EngineError, type Kernel, type RunView, WaitTimeoutError } from "@pawl/kernel";
import { isTerminalRun, type Logger, type Persistence, type Runtime } from "@pawl/kernel/ports";
import { whyStill } from "./why-still.ts";

export interface RunEndsParts {
  readonly kernel: Kernel;
  readonly persistence: Persistence;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

export interface Wait {
  readonly timeoutMs?: number | undefined;
  /** The run was started by this process a moment ago. */
  readonly justStarted?: boolean;
}

/** Everybody who waits for one run. */
interface Awaited {
  readonly ended: Promise<RunView>;
  settle(run: RunView): void;
  fail(error: unknown): void;
  waiters: number;
}

const POLL_MS = 50;
const POLL_MS_MAX = 2_000;
const GROWTH = 1.5;
const IDS_PER_QUERY = 500;
const RECENT_MAX = 1_000;

/**
 * Tells when runs end. Those that end in this process say so themselves; for the others there is
 * one poll, whoever waits for however many.
 */
export class RunEnds {
  readonly #parts: RunEndsParts;
  readonly #awaited = new Map<string, Awaited>();
  /** The last runs that ended in this process, in that order. */
  readonly #recent = new Set<string>();
  readonly #unlisten: () => void;
  #polling = false;
  #stopped = false;
  #stop: () => void = () => {};
  readonly #stopping: Promise<void>;

  constructor(parts: RunEndsParts) {
    this.#parts = parts;
    this.#stopping = new Promise((resolve) => {
      this.#stop = resolve;
    });
    this.#unlisten = parts.kernel.listen((poke) => {
      if (poke.type === "runEnded") this.#ended(poke.runId);
    });
  }

  /**
   * The run once it has ended. One that was just started here is not read before it ends.
   *
   * @throws EngineError E_RUN_UNKNOWN, E_WAIT_TIMEOUT, E_STATE_INVALID when the app is stopped
   */
  async wait(runId: string, { timeoutMs, justStarted = false }: Wait = {}): Promise<RunView> {
    this.assertOpen();
    const awaited = this.#awaited.get(runId) ?? this.#add(runId, justStarted);
    awaited.waiters += 1;
    try {
      return await (timeoutMs === undefined
        ? awaited.ended
        : this.#within(awaited, timeoutMs, runId));
    } finally {
      awaited.waiters -= 1;
      if (awaited.waiters === 0) this.#awaited.delete(runId);
    }
  }

  /**
   * @throws EngineError E_STATE_INVALID
   */
  assertOpen(): void {
    if (this.#stopped)
      throw new EngineError("E_STATE_INVALID", "The app was stopped: open another.");
  }

  /** Whoever still waits gets E_STATE_INVALID. */
  close(): void {
    this.#stopped = true;
    this.#unlisten();
    this.#stop();
    for (const [runId, awaited] of this.#awaited) awaited.fail(stoppedBefore(runId));
    this.#awaited.clear();
  }

  #ended(runId: string): void {
    if (this.#awaited.has(runId)) void this.#look(runId);
    this.#recent.add(runId);
    if (this.#recent.size <= RECENT_MAX) return;
    const [oldest = ""] = this.#recent;
    this.#recent.delete(oldest);
  }

  #add(runId: string, justStarted: boolean): Awaited {
    const awaited = newAwaited();
    this.#awaited.set(runId, awaited);
    if (!justStarted || this.#recent.has(runId)) void this.#look(runId);
    if (!this.#polling) void this.#poll();
    return awaited;
  }

  async #within(awaited: Awaited, timeoutMs: number, runId: string): Promise<RunView> {
    let isOver = false;
    const ended = awaited.ended.finally(() => {
      isOver = true;
    });
    const late = async (): Promise<RunView> => {
      await this.#parts.runtime.after(timeoutMs, { cancelled: awaited.ended });
      return isOver ? ended : this.#late(runId, timeoutMs);
    };
    return Promise.race([ended, late()]);
  }

  async #late(runId: string, timeoutMs: number): Promise<never> {
    const { query } = this.#parts.kernel;
    const asked = { workers: true, openStages: true };
    const run = await query.getRun(runId, asked).catch(() => undefined);
    const { holds = [], noCompatibleWorker = null, openStages = [] } = run ?? {};
    const says = `Run ${runId} did not end within ${timeoutMs} ms. ${whyStill(run, Date.now())}`;
    throw new WaitTimeoutError(says, {
      details: { workflowRunId: runId, timeoutMs, holds, noCompatibleWorker, openStages },
    });
  }

  /** Reads the run and settles who waits for it, if it has ended or there is none. */
  async #look(runId: string): Promise<void> {
    const { kernel, logger } = this.#parts;
    try {
      const run = await kernel.query.getRun(runId);
      if (run.status !== "waiting" && isTerminalRun(run.status))
        this.#awaited.get(runId)?.settle(run);
    } catch (error) {
      if (EngineError.is(error) && error.kind !== "unavailable") {
        this.#awaited.get(runId)?.fail(error);
      } else {
        logger.log("warn", "a run could not be read; it will be tried again", { runId, error });
      }
    }
  }

  async #poll(): Promise<void> {
    const { runtime, logger } = this.#parts;
    this.#polling = true;
    for (let ms = POLL_MS; this.#awaited.size > 0; ms = Math.min(ms * GROWTH, POLL_MS_MAX)) {
      await runtime.after(ms, { cancelled: this.#stopping });
      if (this.#stopped) break;
      await this.#lookAll().catch((error: unknown) => {
        logger.log("warn", "runs could not be read; they will be tried again", { error });
      });
    }
    this.#polling = false;
  }

  /** Runs that have ended, or are gone, are then read one by one. */
  async #lookAll(): Promise<void> {
    const ids = [...this.#awaited.keys()];
    for (let from = 0; from < ids.length; from += IDS_PER_QUERY) {
      const some = ids.slice(from, from + IDS_PER_QUERY);
      const rows = await this.#parts.persistence.query.find({
        table: "runs",
        where: { id: { in: some } },
        limit: some.length,
      });
      const live = new Set(rows.filter((row) => !isTerminalRun(row.status)).map(({ id }) => id));
      await Promise.all(some.filter((id) => !live.has(id)).map((id) => this.#look(id)));
    }
  }
}

function newAwaited(): Awaited {
  let settle: Awaited["settle"] = () => {};
  let fail: Awaited["fail"] = () => {};
  const ended = new Promise<RunView>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  ended.catch(() => {});
  return { ended, settle, fail, waiters: 0 };
}

const stoppedBefore = (runId: string): EngineError =>
  new EngineError(
    "E_STATE_INVALID",
    `The app was stopped before run ${runId} ended. It goes on when an app opens the same ` +
      "directory; ask that one for its result.",
    { details: { workflowRunId: runId } },
  );
