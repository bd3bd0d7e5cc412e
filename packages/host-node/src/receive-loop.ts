import type { JobExecuted } from "@pawl/kernel";
import { type Delivery, type StageKey, stageKeyText } from "@pawl/kernel/ports";
import type { ClaimLoop, WorkParts } from "./claim-loop.ts";
import { stageOfJob } from "./stage-of-job.ts";
import type { LoopTurn } from "./supervised-loop.ts";

export interface ReceiveParts extends WorkParts {
  /** Looks into the store now and then: a job that the transport lost costs time only. */
  readonly claims: ClaimLoop;
}

const AGAIN_MS = 5_000;
const EARLY_MS_MAX = 60_000;
const NET_FACTOR = 5;

/** Takes jobs from a transport that delivers them, as hints at what to claim. */
export class ReceiveLoop {
  readonly #parts: ReceiveParts;
  #lookedAt: number | undefined;

  constructor(parts: ReceiveParts) {
    this.#parts = parts;
  }

  async round(turn: LoopTurn): Promise<void> {
    const { settings, session, executions, claims } = this.#parts;
    if (session.ref && (await claims.takeSuspect()) > 0) return;
    if (!session.ref || executions.free <= 0) return turn.wait(settings.jobPollIntervalMs);
    if (this.#isLookDue()) await claims.look();
    const taken = await this.receive(settings.jobPollIntervalMs, turn);
    if (turn.stopping || this.#lookedAt !== undefined) return;
    this.#lookedAt = settings.clock.monotonic();
    if (taken === 0) await claims.look();
  }

  /** Takes deliveries up to the free slots, waiting for a first one. Answers how many. */
  async receive(waitMs: number, turn?: LoopTurn): Promise<number> {
    const { settings, executions } = this.#parts;
    const { jobTransport, workerId, maxClaimsPerTick } = settings;
    const max = Math.min(maxClaimsPerTick, jobTransport.capabilities.maxBatch);
    return executions.fill(max, async (limit) => {
      const deliveries = await jobTransport.dequeue({ workerId, limit, waitMs });
      if (deliveries.length === 0) return [];
      if (!turn?.stopping) return this.#take(deliveries);
      await Promise.all(deliveries.map((delivery) => this.#giveBack(delivery, 0)));
      return [];
    });
  }

  /** By time, however much the transport brings, and before that fills the slots. */
  #isLookDue(): boolean {
    const { clock, jobPollIntervalMs } = this.#parts.settings;
    const now = clock.monotonic();
    const isDue = now - (this.#lookedAt ?? now) >= NET_FACTOR * jobPollIntervalMs;
    if (isDue) this.#lookedAt = now;
    return isDue;
  }

  /** Claims all that were named in one statement; acknowledges those, and asks about the rest. */
  async #take(deliveries: readonly Delivery[]): Promise<readonly Promise<JobExecuted>[]> {
    const { settings, session: worker } = this.#parts;
    const session = worker.ref;
    const named = new Map<string, StageKey>();
    for (const { body } of deliveries) {
      const stage = stageOfJob(body);
      if (stage) named.set(stageKeyText(stage), stage);
    }
    try {
      if (!session) throw new Error("the session was lost meanwhile");
      const stages = [...named.values()];
      const claim = { type: "job.claim", session, limit: stages.length, stages } as const;
      const claimed = stages.length === 0 ? [] : await settings.kernel.dispatch(claim);
      const owned = new Set(claimed.map(({ stage }) => stageKeyText(stage)));
      const isOwned = ({ body }: Delivery): boolean => {
        const stage = stageOfJob(body);
        return stage !== undefined && owned.has(stageKeyText(stage));
      };
      void this.#ack(deliveries.filter(isOwned));
      return [
        ...claimed.map((stage) =>
          settings.kernel.dispatch({ type: "job.execute", session, claimed: stage }),
        ),
        ...deliveries
          .filter((delivery) => !isOwned(delivery))
          .map((delivery) => this.#ask(delivery, session)),
      ];
    } catch (error) {
      await Promise.all(deliveries.map((delivery) => this.#giveBack(delivery, AGAIN_MS)));
      throw error;
    }
  }

  /** Lets the kernel say what has become of a job that could not be claimed. */
  async #ask(
    delivery: Delivery,
    session: { readonly id: string; readonly epoch: number },
  ): Promise<JobExecuted> {
    const { kernel } = this.#parts.settings;
    try {
      const executed = await kernel.dispatch({
        type: "job.execute",
        session,
        job: delivery.body,
      });
      if (executed.outcome === "early") await this.#giveBack(delivery, this.#earlyMs(executed));
      else if (executed.outcome === "busy") await this.#giveBack(delivery, AGAIN_MS);
      else await this.#ack([delivery]);
      return executed;
    } catch (error) {
      await this.#giveBack(delivery, AGAIN_MS);
      throw error;
    }
  }

  /** Until the stage is due, bounded: this clock need not be the database's. */
  #earlyMs({ retryAt }: JobExecuted): number {
    const { clock, jobPollIntervalMs } = this.#parts.settings;
    const ms = retryAt === undefined ? EARLY_MS_MAX : retryAt - clock.now();
    return Math.min(Math.max(ms, jobPollIntervalMs), EARLY_MS_MAX);
  }

  /** A failure costs a delivery that turns out to be a ghost. */
  async #ack(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const { jobTransport, logger } = this.#parts.settings;
    const receipts = deliveries.map(({ receipt }) => receipt);
    await jobTransport.ack(receipts).catch((error: unknown) => {
      logger.log("warn", "jobs could not be acknowledged", { count: receipts.length, error });
    });
  }

  /** A failure costs time: the transport delivers it again by itself. */
  async #giveBack({ receipt }: Delivery, delayMs: number): Promise<void> {
    const { jobTransport, logger } = this.#parts.settings;
    await jobTransport.nack(receipt, { delayMs }).catch((error: unknown) => {
      logger.log("warn", "a job could not be given back", { error });
    });
  }
}
