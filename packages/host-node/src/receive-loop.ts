import type { JobExecuted } from "@pawl/kernel";
import { type Delivery, type StageKey, stageKeyText, stageOfJob } from "@pawl/kernel/ports";
import type { ClaimLoop, WorkParts } from "./claim-loop.ts";
import type { Inbox } from "./inbox.ts";
import type { LoopTurn } from "./supervised-loop.ts";

export interface ReceiveParts extends WorkParts {
  /** Served in turn. */
  readonly inboxes: readonly Inbox[];
  /** Looks into the store now and then: a job that the transport lost costs time only. */
  readonly claims: ClaimLoop;
  /** Looks in every round: a colocated transport is served beside those that deliver. */
  readonly always: boolean;
}

interface Delivered {
  readonly inbox: Inbox;
  readonly deliveries: readonly Delivery[];
}

const AGAIN_MS = 5_000;
const EARLY_MS_MAX = 60_000;
/** However long the polls are. */
const EARLY_MS_MIN = 1_000;
const NET_FACTOR = 5;

/** Takes jobs from transports that deliver them, as hints at what to claim. */
export class ReceiveLoop {
  readonly #parts: ReceiveParts;
  #lookedAt: number | undefined;
  #turn = 0;

  constructor(parts: ReceiveParts) {
    this.#parts = parts;
  }

  async round(turn: LoopTurn): Promise<void> {
    const { settings, session, executions, claims, always } = this.#parts;
    if (session.ref && (await claims.takeSuspect()) > 0) return;
    if (!session.ref || executions.free <= 0) return turn.wait(settings.jobPollIntervalMs);
    if (this.#isLookDue() || always) await claims.look();
    const inbox = this.#nextInbox();
    const taken = await this.#receive(inbox, this.#waitMs(), turn).catch((error: unknown) => {
      // The next round asks the store for what a transport out of reach does not bring.
      this.#lookedAt = Number.NEGATIVE_INFINITY;
      throw error;
    });
    if (turn.stopping || this.#lookedAt !== undefined) return;
    this.#lookedAt = settings.clock.monotonic();
    if (taken === 0) await claims.look();
  }

  /** In turn, passing over those that rest unless all do. */
  #nextInbox(): Inbox {
    const { inboxes } = this.#parts;
    const inTurn = inboxes.map((_, at) => inboxes[(this.#turn + at) % inboxes.length] as Inbox);
    this.#turn += 1;
    return inTurn.find((inbox) => !inbox.rests) ?? (inTurn[0] as Inbox);
  }

  /** Workers that wait in step would always meet in one order: a job might never reach the last. */
  #waitMs(): number {
    const { settings, inboxes } = this.#parts;
    const { jobPollIntervalMs, random } = settings;
    return (jobPollIntervalMs * (0.9 + 0.2 * random())) / inboxes.length;
  }

  /** Takes what is there, from each transport. Answers how much. */
  async receiveOnce(): Promise<number> {
    let taken = 0;
    for (const inbox of this.#parts.inboxes) taken += await this.#receive(inbox, 0);
    return taken;
  }

  /** Takes deliveries up to the free slots, waiting for a first one. Answers how many. */
  async #receive(inbox: Inbox, waitMs: number, turn?: LoopTurn): Promise<number> {
    const { settings, executions } = this.#parts;
    const max = Math.min(settings.maxClaimsPerTick, inbox.most);
    return executions.fill(max, async (limit) => {
      const taking = inbox.take(limit, waitMs);
      const deliveries = turn ? await turn.unlessStopped(taking) : await taking;
      if (deliveries === undefined) void giveBackLater(inbox, taking);
      if (deliveries === undefined || deliveries.length === 0) return [];
      if (!turn?.stopping) return this.#take({ inbox, deliveries });
      await giveAllBack({ inbox, deliveries }, 0);
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
  async #take(delivered: Delivered): Promise<readonly Promise<JobExecuted>[]> {
    const { settings, session: worker } = this.#parts;
    const { inbox, deliveries } = delivered;
    const { kernel, queues } = settings;
    const session = worker.ref;
    const named = new Map<string, StageKey>();
    for (const { body } of deliveries) {
      const stage = stageOfJob(body);
      if (stage) named.set(stageKeyText(stage), stage);
    }
    try {
      if (!session) throw new Error("the session was lost meanwhile");
      const stages = [...named.values()];
      const served = queues ? { queues } : {};
      const claim = { type: "job.claim", session, limit: stages.length, stages } as const;
      const claimed = stages.length === 0 ? [] : await kernel.dispatch({ ...claim, ...served });
      const owned = new Set(claimed.map(({ stage }) => stageKeyText(stage)));
      const isOwned = ({ body }: Delivery): boolean => {
        const stage = stageOfJob(body);
        return stage !== undefined && owned.has(stageKeyText(stage));
      };
      void inbox.ack(deliveries.filter(isOwned));
      return [
        ...claimed.map((stage) =>
          kernel.dispatch({ type: "job.execute", session, claimed: stage }),
        ),
        ...deliveries
          .filter((delivery) => !isOwned(delivery))
          .map((delivery) => this.#ask(inbox, delivery, session)),
      ];
    } catch (error) {
      await giveAllBack(delivered, AGAIN_MS);
      throw error;
    }
  }

  /** Lets the kernel say what has become of a job that could not be claimed. */
  async #ask(
    inbox: Inbox,
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
      const againMs = this.#againMs(executed);
      if (againMs === undefined) await inbox.ack([delivery]);
      else await inbox.giveBack(delivery, againMs);
      return executed;
    } catch (error) {
      await inbox.giveBack(delivery, AGAIN_MS);
      throw error;
    }
  }

  /**
   * When to be told of a job again; undefined when it has been seen to. What is due much later has
   * a dispatch of its own: this one is a double, which would come round until then.
   */
  #againMs({ outcome, retryAt }: JobExecuted): number | undefined {
    if (outcome === "busy") return AGAIN_MS;
    if (outcome !== "early" || retryAt === undefined) return undefined;
    const { clock, jobPollIntervalMs } = this.#parts.settings;
    const ms = retryAt - clock.now();
    if (ms > EARLY_MS_MAX) return undefined;
    return Math.max(ms, Math.min(jobPollIntervalMs, EARLY_MS_MIN));
  }
}

const giveAllBack = ({ inbox, deliveries }: Delivered, delayMs: number): Promise<unknown> =>
  Promise.all(deliveries.map((delivery) => inbox.giveBack(delivery, delayMs)));

/** Nobody is there any more for what a long poll under way still brings. */
async function giveBackLater(inbox: Inbox, taking: Promise<readonly Delivery[]>): Promise<void> {
  const deliveries = await taking.catch(() => []);
  await giveAllBack({ inbox, deliveries }, 0);
}
