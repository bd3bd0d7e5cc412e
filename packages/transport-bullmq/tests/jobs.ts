import type { Delivery, Job, JobTransport, OutgoingJob } from "@pawl/kernel/ports";

export const jobOf = (n: number, change: Partial<Job> = {}): Job => ({
  v: 1,
  jobId: `stage-${n}-1-1`,
  workflowRunId: `run-${n}`,
  workflowId: "greet",
  stageId: `stage-${n}`,
  mapIndex: 0,
  generation: 0,
  attempt: 1,
  queue: "default",
  ...change,
});

export const outgoing = (job: Job, change: Partial<OutgoingJob> = {}): OutgoingJob => ({
  job,
  notBefore: 0,
  priority: 0,
  ...change,
});

export const send = (transport: JobTransport, ...jobs: readonly Job[]): Promise<void> =>
  transport.enqueue(jobs.map((job) => outgoing(job)));

/** What is there now, or comes first within `waitMs`. */
export const receive = (
  transport: JobTransport,
  { limit = 100, waitMs = 0 } = {},
): Promise<readonly Delivery[]> => transport.dequeue({ workerId: "test", limit, waitMs });

export const stagesOf = (deliveries: readonly Delivery[]): readonly string[] =>
  deliveries.map(({ body }) => (body as Job).stageId);

/** Takes and acknowledges until nothing comes for `quietMs`. */
export async function drain(transport: JobTransport, quietMs: number): Promise<readonly string[]> {
  const seen: string[] = [];
  for (;;) {
    const deliveries = await receive(transport, { waitMs: quietMs });
    if (deliveries.length === 0) return seen;
    seen.push(...stagesOf(deliveries));
    await transport.ack(deliveries.map(({ receipt }) => receipt));
  }
}
