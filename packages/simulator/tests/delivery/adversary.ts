import { strayMessages } from "@pawl/conformance";
import type { Delivery, JobTransport, OutgoingJob } from "@pawl/kernel/ports";
import { Prng } from "../../src/world/prng.ts";

/** Shares of jobs, and of acknowledgements. Copies are 2 to 5. */
export const SHARES = {
  drop: 0.3,
  double: 0.6,
  delay: 0.5,
  reorder: 0.6,
  forgetAck: 0.4,
} as const;

const COPIES_MAX = 5;
const LATE_MS_MAX = 1_500;
const STRAY = 0.02;
const PRIORITY_MAX = 1_000;
/** Each costs twice the wait of the one before: so many in a row are a minute. */
const DROPS_IN_A_ROW_MAX = 8;

export type Mischief = "dropped" | "doubled" | "late" | "reordered" | "forgotten" | "strange";

/** What stands between hosts and a real queue, and does to jobs what a queue may. */
export class Adversary {
  readonly done: Record<Mischief, number> = {
    dropped: 0,
    doubled: 0,
    late: 0,
    reordered: 0,
    forgotten: 0,
    strange: 0,
  };
  /** Every job that was ever sent, delivered or not. */
  readonly sent: OutgoingJob[] = [];
  /** When something was delivered last. */
  deliveredAt = 0;
  /** What became of a run's jobs: how often which stage's was told, 0 for one that was dropped. */
  readonly #copies = new Map<string, string[]>();
  /** By stage and attempt, since one of its jobs was told. */
  readonly #drops = new Map<string, number>();
  readonly #dropsMax: number;
  #calm = false;
  readonly #chance: Prng;

  constructor(seed: string, dropsInARowMax = DROPS_IN_A_ROW_MAX) {
    this.#dropsMax = dropsInARowMax;
    this.#chance = new Prng(`adversary/${seed}`);
  }

  /** From here on the queue is as good as it is by itself. */
  calm(): void {
    this.#calm = true;
  }

  /** What it did to the jobs of a run. */
  accountOf(runId: string): string {
    return (this.#copies.get(runId) ?? []).join(", ");
  }

  before(transport: JobTransport): JobTransport {
    return {
      ...transport,
      enqueue: async (jobs) => {
        if (this.#calm) return transport.enqueue(jobs);
        this.sent.push(...jobs);
        const told = jobs.flatMap((job) => this.#told(job));
        if (told.length > 0) await transport.enqueue(told);
      },
      dequeue: async (request) => {
        const deliveries = await transport.dequeue(request);
        if (deliveries.length > 0) this.deliveredAt = performance.now();
        return this.#shuffled(deliveries);
      },
      ack: async (receipts) => {
        const kept = receipts.filter(() => !this.#happens("forgetAck", "forgotten"));
        if (kept.length > 0) await transport.ack(kept);
      },
    };
  }

  #told(job: OutgoingJob): readonly OutgoingJob[] {
    const strays = this.#chance.chance(STRAY) ? this.#stray(job) : [];
    const { workflowRunId: runId, stageId, attempt } = job.job;
    const stage = `${runId} ${stageId} ${attempt}`;
    const drops = this.#drops.get(stage) ?? 0;
    const isDropped = drops < this.#dropsMax && this.#happens("drop", "dropped");
    const copies = isDropped ? 0 : this.#copiesOf();
    this.#drops.set(stage, isDropped ? drops + 1 : 0);
    const account = this.#copies.get(runId) ?? [];
    account.push(`${stageId}/${attempt} ×${copies} at ${Math.round(performance.now())}`);
    this.#copies.set(runId, account);
    return [...Array.from({ length: copies }, () => this.#disturbed(job)), ...strays];
  }

  #copiesOf(): number {
    return this.#happens("double", "doubled") ? this.#chance.int(2, COPIES_MAX) : 1;
  }

  #disturbed(job: OutgoingJob): OutgoingJob {
    const lateMs = this.#happens("delay", "late") ? this.#chance.int(1, LATE_MS_MAX) : 0;
    const priority = this.#happens("reorder", "reordered")
      ? this.#chance.int(-PRIORITY_MAX, PRIORITY_MAX)
      : job.priority;
    return { ...job, notBefore: Math.max(job.notBefore, Date.now()) + lateMs, priority };
  }

  /** Somebody else's message, as far as an adapter takes it for a job. */
  #stray(job: OutgoingJob): readonly OutgoingJob[] {
    const { text, name } = this.#chance.pick(strayMessages(job.job));
    if (name === "truncated") return [];
    this.done.strange += 1;
    return [{ ...job, job: JSON.parse(text) }];
  }

  #shuffled(deliveries: readonly Delivery[]): readonly Delivery[] {
    if (this.#calm) return deliveries;
    const places = deliveries.map((delivery) => ({ delivery, at: this.#chance.next() }));
    return places.toSorted((a, b) => a.at - b.at).map(({ delivery }) => delivery);
  }

  #happens(share: keyof typeof SHARES, what: Mischief): boolean {
    if (this.#calm || !this.#chance.chance(SHARES[share])) return false;
    this.done[what] += 1;
    return true;
  }
}
