import type { Job, JobTransport } from "@pawl/kernel/ports";

export const jobOf = (n: number): Job => ({
  v: 1,
  jobId: `job-${n}`,
  workflowRunId: `run-${n}`,
  workflowId: "w",
  stageId: "s",
  mapIndex: 0,
  generation: 0,
  attempt: 1,
  queue: "default",
});

export const sendAll = (transport: JobTransport, count: number, notBefore = 0): Promise<void> =>
  transport.enqueue(
    Array.from({ length: count }, (_, n) => ({ job: jobOf(n), notBefore, priority: 0 })),
  );

/** Numbers of the jobs that are due, in the order in which they come. */
export async function takeAll(transport: JobTransport): Promise<readonly number[]> {
  const taken: number[] = [];
  for (;;) {
    const deliveries = await transport.dequeue({ workerId: "w", limit: 7, waitMs: 0 });
    if (deliveries.length === 0) return taken;
    taken.push(...deliveries.map(({ body }) => Number((body as Job).jobId.slice(4))));
    await transport.ack(deliveries.map(({ receipt }) => receipt));
  }
}
