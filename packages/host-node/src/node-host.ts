import { EngineError, type Maintained } from "@pawl/kernel";
import { within } from "@pawl/kernel/ports";
import { DeathWatch } from "./death-watch.ts";
import { type ExecutionCounts, Executions } from "./executions.ts";
import { HealthServer } from "./health-server.ts";
import { type HostLoops, hostLoops } from "./host-loops.ts";
import { type HostSettings, hostSettings, type NodeHostOptions } from "./host-options.ts";
import { type ShutdownHook, type ShutdownHookOptions, ShutdownHooks } from "./shutdown-hooks.ts";
import { listenToSignals } from "./signals.ts";
import { WorkerSession } from "./worker-session.ts";

/** A worker of this process. It goes one way: created, started, drained, stopped. */
export interface NodeHost {
  /**
   * Registers the worker and begins to take work. Resolves when both are done.
   *
   * @throws EngineError E_STATE_INVALID when it was started or stopped before, E_WORKFLOW_DRIFT
   */
  start(): Promise<void>;
  /** Takes nothing more, waits for what runs up to `drainTimeoutMs`, then gives up the lease. */
  drain(): Promise<void>;
  /** Drains, delivers events that are still due, and runs the shutdown hooks. */
  stop(): Promise<void>;
  /**
   * One look for work, executed to its end, and one round of maintenance, for tests.
   *
   * @throws EngineError E_STATE_INVALID while the host runs by itself
   */
  tick(): Promise<HostTick>;
  getStats(): HostStats;
  /** What to do when the host has stopped. */
  onShutdown(hook: ShutdownHook, options?: ShutdownHookOptions): void;
}

export interface HostTick {
  /** Executions, each of one stage or of several that follow each other. */
  readonly executed: number;
  readonly maintained: Maintained;
}

export interface HostStats extends ExecutionCounts {
  readonly workerId: string;
  readonly sessionId: string | undefined;
  /** Rounds of maintenance. */
  readonly orchestrationTicks: number;
  /** Executions under way. */
  readonly running: number;
  readonly isRunning: boolean;
  /** Since `start`; 0 before. */
  readonly uptimeMs: number;
  /** How often the lease was lost. */
  readonly losses: number;
  /** Where the health endpoint listens. */
  readonly healthPort: number | undefined;
}

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export const createNodeHost = (options: NodeHostOptions): NodeHost =>
  new LoopingHost(hostSettings(options));

const CLOSE_MS = 5_000;
/** Of the rounds of maintenance, every so many also looks for runs that nothing will wake. */
const THOROUGH_EVERY = 12;

class LoopingHost implements NodeHost {
  readonly #settings: HostSettings;
  readonly #hooks = new ShutdownHooks();
  readonly #session: WorkerSession;
  readonly #executions: Executions;
  readonly #deathWatch: DeathWatch;
  readonly #loops: HostLoops;
  readonly #health: HealthServer | undefined;
  #state: "created" | "running" | "draining" | "stopped" = "created";
  #drained: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #startedAt: number | undefined;
  #orchestrationTicks = 0;
  #unlisten: (() => void)[] = [];
  #stopListening: () => Promise<void> = async () => {};

  constructor(settings: HostSettings) {
    this.#settings = settings;
    const { concurrency, logger, workerId, runtime, kernel, health } = settings;
    this.#executions = new Executions({
      concurrency,
      freed: () => this.#loops.freed(),
      failed: (error) => logger.log("error", "an execution failed", { workerId, error }),
    });
    this.#session = new WorkerSession(settings, {
      opened: () => this.#lookAtOnce(),
      draining: () => void this.drain(),
      beatDue: () => this.#loops.beat.wake(),
      load: () => this.#executions.running,
    });
    this.#deathWatch = new DeathWatch({
      ...settings,
      own: () => this.#session.ref?.id,
    });
    this.#loops = hostLoops({
      settings,
      session: this.#session,
      executions: this.#executions,
      deathWatch: this.#deathWatch,
      maintain: () => this.#maintain(),
    });
    this.#health =
      health &&
      new HealthServer({
        runtime,
        options: health,
        probe: () => kernel.query.listRuns({ limit: 1 }),
        isReady: () => this.#state === "running" && this.#session.ref !== undefined,
      });
  }

  async start(): Promise<void> {
    if (this.#state !== "created") throw wrongState("started", this.#state);
    this.#state = "running";
    const { kernel, clock, logger, handleSignals } = this.#settings;
    try {
      this.#session.startThread();
      await this.#session.open();
      await this.#health?.listen();
    } catch (error) {
      this.#state = "created";
      await this.#session.close().catch(() => undefined);
      throw error;
    }
    this.#startedAt = clock.monotonic();
    this.#unlisten.push(
      kernel.listen((poke) => {
        if (poke.type === "ready") this.#loops.ready(poke.at);
        if (poke.type === "startDue") this.#loops.startDue(poke.at);
      }),
    );
    this.#unlisten.push(
      kernel.offerStartSlots((queue) =>
        this.#state === "running" ? this.#loops.startSlot(queue) : undefined,
      ),
    );
    if (this.#loops.claims) {
      this.#stopListening = kernel.listenToOthers((queue) => this.#loops.rung(queue));
    }
    if (handleSignals) this.#unlisten.push(listenToSignals(() => this.stop(), logger));
    const { beat, deadline, work, maintenance, deaths } = this.#loops;
    for (const loop of [beat, deadline, work, maintenance, deaths]) loop.start();
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async tick(): Promise<HostTick> {
    if (this.#state !== "created") throw wrongState("ticked", this.#state);
    if (this.#session.beatInMs <= 0) await this.#session.beat();
    await this.#session.open();
    const executed = await this.#loops.workOnce();
    await this.#executions.whenIdle();
    return { executed, maintained: await this.#maintain() };
  }

  getStats(): HostStats {
    const { workerId, clock } = this.#settings;
    return {
      workerId,
      ...this.#executions.counts,
      sessionId: this.#session.ref?.id,
      orchestrationTicks: this.#orchestrationTicks,
      running: this.#executions.running,
      isRunning: this.#state === "running",
      uptimeMs: this.#startedAt === undefined ? 0 : clock.monotonic() - this.#startedAt,
      losses: this.#session.losses,
      healthPort: this.#health?.port,
    };
  }

  onShutdown(hook: ShutdownHook, options?: ShutdownHookOptions): void {
    this.#hooks.add(hook, options);
  }

  async #maintain(): Promise<Maintained> {
    const { kernel, queues, maxSuspendedChecksPerTick, maxOutboxFlushPerTick } = this.#settings;
    if (await this.#deathWatch.lookHere()) this.#loops.deaths.wake();
    const maintained = await kernel.maintain({
      thorough: this.#orchestrationTicks % THOROUGH_EVERY === 0,
      // Who runs nothing asks for suspects when it looks for work.
      ...(this.#executions.running > 0 ? { suspects: { queues } } : {}),
      ...(maxSuspendedChecksPerTick ? { suspendedChecksMax: maxSuspendedChecksPerTick } : {}),
      ...(maxOutboxFlushPerTick ? { outboxFlushMax: maxOutboxFlushPerTick } : {}),
    });
    this.#orchestrationTicks += 1;
    if (maintained.suspects > 0) this.#loops.suspectsWait();
    return maintained;
  }

  /** The lease is renewed until nothing runs any more or the time is up. */
  async #drain(): Promise<void> {
    this.#state = "draining";
    const { drainTimeoutMs, logger, workerId } = this.#settings;
    const { work, beat, deadline } = this.#loops;
    const deaf = this.#inTime("listening to others", this.#stopListening());
    const idle = work.stop().then(() => this.#executions.whenIdle());
    if (!(await this.#inTime("draining", idle, drainTimeoutMs))) {
      const { running } = this.#executions;
      logger.log("warn", "stages still running are given to others", { workerId, running });
    }
    this.#executions.close();
    await this.#inTime("ending the heartbeat", Promise.all([beat.stop(), deadline.stop()]));
    await this.#inTime("closing the session", this.#session.close());
    await deaf;
  }

  async #stop(): Promise<void> {
    await this.drain();
    const { kernel, runtime, logger } = this.#settings;
    const { maintenance, deaths } = this.#loops;
    await this.#inTime("ending maintenance", Promise.all([maintenance.stop(), deaths.stop()]));
    await this.#inTime("handing jobs over", kernel.handedOver());
    await this.#inTime("flushing", kernel.dispatch({ type: "outbox.flush" }));
    await this.#hooks.runAll(runtime, logger);
    await this.#health?.close();
    for (const unlisten of this.#unlisten.splice(0)) unlisten();
    this.#state = "stopped";
  }

  /** A part of stopping that fails or hangs must not keep the others from being done. */
  async #inTime(part: string, work: Promise<unknown>, ms: number = CLOSE_MS): Promise<boolean> {
    const { runtime, logger } = this.#settings;
    const guarded = work.catch((error: unknown) => {
      logger.log("error", "a part of stopping failed", { part, error });
    });
    const done = await within(runtime, guarded, ms);
    if (!done) logger.log("warn", "a part of stopping did not end in time", { part, ms });
    return done;
  }

  /** What has waited for a session of this worker goes before all that starts from now on. */
  #lookAtOnce(): void {
    const { work, deadline } = this.#loops;
    this.#loops.ready();
    work.wake();
    deadline.wake();
  }
}

const wrongState = (verb: string, state: string): EngineError =>
  new EngineError("E_STATE_INVALID", `A host that is ${state} can't be ${verb}: create another.`, {
    details: { state },
  });
