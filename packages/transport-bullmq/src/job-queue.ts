import { randomUUID } from "node:crypto";
import type { Delivery, OutgoingJob } from "@pawl/kernel/ports";
import type { IQueueBackend, JobJson, MinimalJob } from "bullmq";
import { isNotHeld } from "./errors.ts";
import { jobEntry } from "./job-entry.ts";
import { type Receipt, writeReceipt } from "./receipt.ts";

/** What a look into a queue has found. */
export interface Taken {
  readonly deliveries: readonly Delivery[];
  /** In how many milliseconds something falls due; undefined when nothing is known to. */
  readonly nextMs?: number;
}

type Claimed = [job?: JobJson | null, id?: string, limitedMs?: number, dueAt?: number];

/** Jobs of one queue of Pawl, in one queue of BullMQ. */
export class JobQueue {
  readonly #name: string;
  readonly #backend: IQueueBackend;

  constructor(name: string, root: IQueueBackend) {
    this.#name = name;
    // BullMQ's keys have colons between their parts.
    this.#backend = root.forQueue(name.replaceAll("%", "%25").replaceAll(":", "%3A"));
  }

  /** The key whose members say that there is something to take. */
  get marker(): string {
    return this.#backend.toKey("marker");
  }

  async add(jobs: readonly OutgoingJob[], now: number): Promise<void> {
    await this.#backend.addJobs(jobs.map((job) => jobEntry(job, now)));
  }

  /**
   * Locks up to `limit` jobs: a first one, then as many as there are behind it. A call that finds
   * nothing costs Redis nearly as much as one that finds a job.
   */
  async take(limit: number): Promise<Taken> {
    const [first, behind] = await Promise.all([this.#takeOne(), limit > 1 ? this.#waiting() : 0]);
    if (first.deliveries.length === 0) return first;
    const more = Array.from({ length: Math.min(limit - 1, behind) }, () => this.#takeOne());
    // What was locked by a call whose answer is lost comes again by itself.
    const rest = (await Promise.allSettled(more)).flatMap((one) =>
      one.status === "fulfilled" ? one.value.deliveries : [],
    );
    return { deliveries: [...first.deliveries, ...rest] };
  }

  async finish(receipt: Receipt): Promise<void> {
    const job = { id: receipt.id, opts: {} } as MinimalJob;
    await unlessLost(this.#backend.moveToCompleted(job, null, true, receipt.token, false));
  }

  async giveBack({ id, token }: Receipt, delayMs: number): Promise<void> {
    const options = { skipAttempt: true };
    await unlessLost(this.#backend.moveToDelayed(id, Date.now(), delayMs, token, options));
  }

  async extend({ id, token }: Receipt, ms: number): Promise<void> {
    await this.#backend.extendLock(id, token, ms);
  }

  /** Makes available what is locked no more, once it has been seen so by an earlier call. */
  async recover(): Promise<void> {
    await this.#backend.moveStalledJobsToWait();
  }

  /** Jobs to be taken at once; none where that can't be learned. */
  async #waiting(): Promise<number> {
    const counts = await this.#backend.getCounts(["wait", "prioritized"]).catch(() => []);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #takeOne(): Promise<Taken> {
    const token = randomUUID();
    const claimed = (await this.#backend.moveToActive(token)) as Claimed;
    const [job, id, limitedMs, dueAt] = claimed;
    if (job && id) {
      const receipt = writeReceipt({ queue: this.#name, id, token });
      return { deliveries: [{ body: bodyOf(job.data), receipt }] };
    }
    if (limitedMs) return { deliveries: [], nextMs: limitedMs };
    return dueAt ? { deliveries: [], nextMs: dueAt - Date.now() } : { deliveries: [] };
  }
}

/** A delivery that is held no more has nothing left to change. */
async function unlessLost(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!isNotHeld(error)) throw error;
  }
}

/** As it was put there by whomever: text that is no JSON stays text. */
function bodyOf(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
