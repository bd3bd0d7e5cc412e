import type { Delivery, Job, JobTransport, OutgoingJob } from "@pawl/kernel/ports";
import { turn } from "../turn.ts";

/** Time as the transport sees it. */
export interface TransportClock {
  now(): number;
  /** Lets that much time pass: by moving a manual clock, or by waiting where time is real. */
  advance(ms: number): Promise<void>;
}

/** A transport under test with what a suite may do to its surroundings. */
export interface TransportSubject {
  readonly transport: JobTransport;
  readonly clock: TransportClock;
  readonly destroy: () => Promise<void>;
  /** For how long a delivery is hidden from others when nobody extends it. Default 30,000. */
  readonly visibilityMs?: number;
}

export type TransportCase = (
  name: string,
  body: (subject: TransportSubject) => Promise<void>,
) => unknown;

export const WORKER = "worker-1";
export const DELAY_MS = 2_000;
const POLL_MS = 20;
const POLLS_MAX = 100;

/** A job told apart by `n`. */
export const jobOf = (n: number, change: Partial<Job> = {}): Job => ({
  v: 1,
  jobId: `stage-${n}-1-1`,
  workflowRunId: `01J${String(n).padStart(23, "0")}`,
  workflowId: "conformance",
  stageId: `stage-${n}`,
  mapIndex: 0,
  generation: 0,
  attempt: 1,
  queue: "default",
  ...change,
});

export const outgoing = (job: Job, notBefore = 0, priority = 0): OutgoingJob => ({
  job,
  notBefore,
  priority,
});

export const send = (subject: TransportSubject, ...jobs: readonly Job[]): Promise<void> =>
  subject.transport.enqueue(jobs.map((job) => outgoing(job, subject.clock.now())));

/** What a consumer is given at this moment, without waiting. */
export const receiveNow = (
  { transport }: TransportSubject,
  limit = 10,
): Promise<readonly Delivery[]> => transport.dequeue({ workerId: WORKER, limit, waitMs: 0 });

/** Asks until `count` deliveries came; fewer when they do not come for two seconds. */
export async function receive(subject: TransportSubject, count = 1): Promise<readonly Delivery[]> {
  const received: Delivery[] = [];
  for (let polls = 0; polls < POLLS_MAX && received.length < count; polls++) {
    if (polls > 0) await subject.clock.advance(POLL_MS);
    received.push(...(await receiveNow(subject, count - received.length)));
  }
  return received;
}

/** The one delivery that must come now. */
export async function receiveOne(subject: TransportSubject): Promise<Delivery> {
  const [delivery] = await receive(subject);
  if (delivery === undefined) throw new Error("A job that was due did not come");
  return delivery;
}

export const visibilityOf = (subject: TransportSubject): number => subject.visibilityMs ?? 30_000;

/** Past the instant when what is held now is delivered again. */
export const passVisibility = (subject: TransportSubject): Promise<void> =>
  subject.clock.advance(visibilityOf(subject) + POLL_MS);

export const idsOf = (deliveries: readonly Delivery[]): readonly string[] =>
  deliveries.map((delivery) => (delivery.body as Job).jobId).sort();

/** A call under way: whether it has answered yet. */
export interface Pending {
  answer: readonly Delivery[] | undefined;
  error: unknown;
}

/** Starts a long poll and watches it, so that one that never answers fails instead of hanging. */
export async function startWaiting(subject: TransportSubject, waitMs: number): Promise<Pending> {
  const pending: Pending = { answer: undefined, error: undefined };
  subject.transport.dequeue({ workerId: WORKER, limit: 10, waitMs }).then(
    (answer) => {
      pending.answer = answer;
    },
    (error: unknown) => {
      pending.error = error;
    },
  );
  await turn();
  return pending;
}

/** The answer of a long poll, given a little time to arrive. */
export async function answerOf(
  subject: TransportSubject,
  pending: Pending,
): Promise<readonly Delivery[]> {
  for (let polls = 0; polls < POLLS_MAX && pending.answer === undefined; polls++) {
    if (pending.error !== undefined) throw pending.error;
    await turn();
    if (polls % 10 === 9) await subject.clock.advance(POLL_MS);
  }
  if (pending.answer === undefined) throw new Error("A waiting dequeue did not answer in time");
  return pending.answer;
}
