import { createMemoryBlobStore } from "@pawl/blob-memory";
import {
  type AnyWorkflow,
  createKernel,
  createRegistry,
  type JobExecuted,
  type Kernel,
  type KernelParts,
} from "@pawl/kernel";
import type { Persistence, SessionRef } from "@pawl/kernel/ports";
import {
  createMemoryPersistence,
  createMemoryStore,
  type Faults,
  type MemoryStore,
} from "@pawl/persistence-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import { VirtualWorld } from "./virtual-world.ts";

export interface HarnessOptions extends Partial<Omit<KernelParts, "registry">> {
  readonly faults?: Faults;
  readonly world?: VirtualWorld;
  readonly store?: MemoryStore;
  /** Wraps the persistence, for counting and for crashes. */
  readonly wrap?: (persistence: Persistence) => Persistence;
  /** Default a year, so that skipped time loses no lease. */
  readonly leaseTtlMs?: number;
}

/** One process: a kernel on memory in virtual time, with a session and a one-line host. */
export class Harness {
  readonly world: VirtualWorld;
  readonly store: MemoryStore;
  readonly persistence: ReturnType<typeof createMemoryPersistence>;
  readonly kernel: Kernel;
  readonly logged: { level: string; message: string; facts: Record<string, unknown> }[] = [];
  readonly #leaseTtlMs: number;
  #session: SessionRef | undefined;

  constructor(workflows: readonly AnyWorkflow[], options: HarnessOptions = {}) {
    const { faults, wrap, leaseTtlMs = 365 * 86_400_000, ...more } = options;
    const { world = new VirtualWorld(), store = createMemoryStore(), ...parts } = more;
    this.#leaseTtlMs = leaseTtlMs;
    this.world = world;
    this.store = store;
    this.persistence = createMemoryPersistence({
      clock: world.clock,
      store,
      ...(faults ? { faults } : {}),
    });
    this.kernel = createKernel({
      persistence: wrap?.(this.persistence) ?? this.persistence,
      blobStore: createMemoryBlobStore(),
      jobTransport: createSqlTransport(),
      registry: createRegistry(workflows),
      clock: world.clock,
      runtime: world.runtime,
      ids: world.ids,
      logger: { log: (level, message, facts) => this.logged.push({ level, message, facts }) },
      ...parts,
    });
  }

  async session(): Promise<SessionRef> {
    this.#session ??= await this.kernel.dispatch({
      type: "worker.register",
      workerId: "w",
      host: "h",
      pid: 1,
      leaseTtlMs: this.#leaseTtlMs,
    });
    return this.#session;
  }

  async start(workflowId: string, input?: unknown, more: object = {}): Promise<string> {
    const run = await this.kernel.dispatch({ type: "run.create", workflowId, input, ...more });
    return run.workflowRunId;
  }

  /** Claims once and executes what was claimed, letting time pass where a body needs it. */
  async round(): Promise<readonly JobExecuted[]> {
    const session = await this.session();
    const claimed = await this.kernel.dispatch({ type: "job.claim", session, limit: 50 });
    return this.world.until(
      Promise.all(
        claimed.map((stage) =>
          this.kernel.dispatch({ type: "job.execute", session, claimed: stage }),
        ),
      ),
    );
  }

  /** Works until nothing is left, skipping the time between. */
  async drain(rounds = 1_000): Promise<void> {
    for (let i = 0; i < rounds; i++) {
      if ((await this.round()).length > 0) continue;
      await this.kernel.maintain({ thorough: true });
      if ((await this.round()).length > 0) continue;
      const next = this.#nextInstant();
      if (next === undefined) return;
      await this.world.advance(next - this.world.now);
      await this.kernel.dispatch({ type: "worker.beat", session: await this.session() });
      await this.kernel.maintain({ thorough: true });
    }
    throw new Error(`not drained after ${rounds} rounds`);
  }

  #nextInstant(): number | undefined {
    const { stages, runs } = this.persistence.dump();
    const live = runs.filter((run) => run.endedAt === null);
    const instants = [
      ...stages.flatMap((s) =>
        s.status === "suspended" && !s.held && s.wakeAt !== null ? [s.wakeAt] : [],
      ),
      ...stages.flatMap((s) => (s.status === "ready" && !s.held ? [s.availableAt] : [])),
      ...live.flatMap((run) => (run.deadline === null ? [] : [run.deadline])),
      ...live.flatMap((run) =>
        run.status === "pending" && run.startAt !== null ? [run.startAt] : [],
      ),
    ].filter((at) => at > this.world.now);
    return instants.length === 0 ? undefined : Math.min(...instants);
  }
}
