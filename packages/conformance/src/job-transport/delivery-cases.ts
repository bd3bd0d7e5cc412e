import type { Job } from "@pawl/kernel/ports";
import type { Expect } from "../runner.ts";
import {
  DELAY_MS,
  idsOf,
  jobOf,
  outgoing,
  receive,
  receiveNow,
  receiveOne,
  send,
  type TransportCase,
} from "./subject.ts";

const ODD_IDS = ["a:b:c", "with space", "slash/and\\back", "naïve-ünïcode-日本", "x".repeat(200)];
const BATCH = 25;

/** TRANSPORT-1 for one sender and one consumer. */
export function deliveryCases(test: TransportCase, expect: Expect): void {
  wholeCases(test, expect);
  delayCases(test, expect);
  repeatedJobCases(test, expect);
}

function wholeCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-1 delivers the job as it was sent", async (subject) => {
    const job = jobOf(1, { mapIndex: 17, generation: 2, attempt: 3, queue: "slow" });
    await send(subject, job);
    expect((await receiveOne(subject)).body).toEqual(job);
  });

  test("TRANSPORT-1 delivers every job of a batch once", async (subject) => {
    const size = Math.min(BATCH, subject.transport.capabilities.maxBatch);
    const jobs = Array.from({ length: size }, (_, n) => jobOf(n));
    await send(subject, ...jobs);
    expect(idsOf(await receive(subject, size))).toEqual(jobs.map((job) => job.jobId).sort());
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-1 an empty batch sends nothing", async (subject) => {
    await subject.transport.enqueue([]);
    expect(await receiveNow(subject)).toEqual([]);
  });

  for (const id of ODD_IDS) {
    test(`TRANSPORT-1 delivers ids of any shape: ${id.slice(0, 20)}`, async (subject) => {
      const job = jobOf(1, { jobId: id, stageId: id, workflowId: id });
      await send(subject, job);
      expect((await receiveOne(subject)).body).toEqual(job);
    });
  }

  test("TRANSPORT-1 a job changed after it was sent is delivered as sent", async (subject) => {
    const job: { -readonly [K in keyof Job]: Job[K] } = { ...jobOf(1) };
    await send(subject, job);
    job.stageId = "changed";
    const delivery = await receiveOne(subject);
    expect(delivery.body).toEqual(jobOf(1));
    (delivery.body as typeof job).stageId = "changed";
    await subject.transport.nack(delivery.receipt, { delayMs: 0 });
    expect((await receiveOne(subject)).body).toEqual(jobOf(1));
  });

  test("TRANSPORT-1 takes a priority, and heeds it if it says so", async (subject) => {
    const now = subject.clock.now();
    const priorities = [0, 5, 1, 9, 5];
    const sent = priorities.map((priority, n) => outgoing(jobOf(n), now, priority));
    await subject.transport.enqueue(sent);
    const received = await receive(subject, priorities.length);
    expect(received.length).toBe(priorities.length);
    if (!subject.transport.capabilities.priority) return;
    const order = received.map(({ body }) => priorities[Number((body as Job).stageId.slice(6))]);
    expect(order).toEqual([9, 5, 5, 1, 0]);
  });
}

function delayCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-1 nothing comes before its time, and then it does", async (subject) => {
    const notBefore = subject.clock.now() + DELAY_MS;
    await subject.transport.enqueue([outgoing(jobOf(1), notBefore)]);
    expect(await receiveNow(subject)).toEqual([]);
    await subject.clock.advance(DELAY_MS / 2);
    expect(await receiveNow(subject)).toEqual([]);
    await subject.clock.advance(DELAY_MS / 2);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
    expect(subject.clock.now() >= notBefore).toBe(true);
  });

  test("TRANSPORT-1 a delayed job does not hold up the others", async (subject) => {
    const now = subject.clock.now();
    await subject.transport.enqueue([
      outgoing(jobOf(1), now + DELAY_MS, 9),
      outgoing(jobOf(2), now),
      outgoing(jobOf(3), now - 1_000_000),
    ]);
    expect(idsOf(await receive(subject, 2))).toEqual([jobOf(2).jobId, jobOf(3).jobId]);
    expect(await receiveNow(subject)).toEqual([]);
  });
}

function repeatedJobCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-1 a job that was done before is delivered when sent again", async (subject) => {
    for (let round = 0; round < 3; round++) {
      await send(subject, jobOf(1));
      const { receipt } = await receiveOne(subject);
      await subject.transport.ack([receipt]);
    }
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-1 a job sent again while a delayed one waits comes at once", async (subject) => {
    const now = subject.clock.now();
    await subject.transport.enqueue([outgoing(jobOf(1), now + DELAY_MS)]);
    await subject.transport.enqueue([outgoing(jobOf(1), now)]);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
    expect(subject.clock.now() < now + DELAY_MS).toBe(true);
  });
}
