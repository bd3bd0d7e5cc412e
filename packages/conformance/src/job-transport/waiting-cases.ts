import type { Expect } from "../runner.ts";
import {
  answerOf,
  DELAY_MS,
  idsOf,
  jobOf,
  outgoing,
  passVisibility,
  receiveNow,
  receiveOne,
  send,
  startWaiting,
  type TransportCase,
  visibilityOf,
} from "./subject.ts";

const WAIT_MS = 2_000;

/** TRANSPORT-5: how long `dequeue` waits and how much it answers. */
export function waitingCases(test: TransportCase, expect: Expect): void {
  limitCases(test, expect);
  waitCases(test, expect);
  wakeCases(test, expect);
}

function limitCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-5 answers at most the limit and leaves the rest", async (subject) => {
    await send(subject, ...[1, 2, 3, 4, 5].map((n) => jobOf(n)));
    const seen: string[] = [];
    for (let polls = 0; polls < 100 && seen.length < 5; polls++) {
      const deliveries = await receiveNow(subject, 2);
      expect(deliveries.length <= 2).toBe(true);
      seen.push(...idsOf(deliveries));
    }
    expect(seen.sort()).toEqual([1, 2, 3, 4, 5].map((n) => jobOf(n).jobId));
  });
}

function waitCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-5 does not wait when told not to", async (subject) => {
    const pending = await startWaiting(subject, 0);
    const before = subject.clock.now();
    expect(await answerOf(subject, pending)).toEqual([]);
    expect(subject.clock.now() - before < WAIT_MS / 2).toBe(true);
  });

  test("TRANSPORT-5 waits as long as it was told, and no longer", async (subject) => {
    const pending = await startWaiting(subject, WAIT_MS);
    await subject.clock.advance(WAIT_MS / 2);
    expect(pending.answer).toBe(undefined);
    await subject.clock.advance(WAIT_MS / 2);
    expect(await answerOf(subject, pending)).toEqual([]);
  });

  test("TRANSPORT-5 waits no longer for a job that is due later", async (subject) => {
    const notBefore = subject.clock.now() + 10 * WAIT_MS;
    await subject.transport.enqueue([outgoing(jobOf(1), notBefore)]);
    const pending = await startWaiting(subject, WAIT_MS);
    await subject.clock.advance(WAIT_MS);
    expect(await answerOf(subject, pending)).toEqual([]);
    expect(subject.clock.now() < notBefore).toBe(true);
  });
}

function wakeCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-5 a job that is sent meanwhile ends the wait", async (subject) => {
    const pending = await startWaiting(subject, 10 * WAIT_MS);
    await subject.clock.advance(WAIT_MS);
    expect(pending.answer).toBe(undefined);
    await send(subject, jobOf(1));
    expect(idsOf(await answerOf(subject, pending))).toEqual([jobOf(1).jobId]);
  });

  test("TRANSPORT-5 a job that falls due meanwhile ends the wait", async (subject) => {
    const notBefore = subject.clock.now() + DELAY_MS;
    await subject.transport.enqueue([outgoing(jobOf(1), notBefore)]);
    const pending = await startWaiting(subject, 10 * DELAY_MS);
    await subject.clock.advance(DELAY_MS / 2);
    expect(pending.answer).toBe(undefined);
    await subject.clock.advance(DELAY_MS / 2);
    expect(idsOf(await answerOf(subject, pending))).toEqual([jobOf(1).jobId]);
  });

  test("TRANSPORT-5 a job that is given back meanwhile ends the wait", async (subject) => {
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    const pending = await startWaiting(subject, 10 * WAIT_MS);
    await subject.transport.nack(receipt, { delayMs: 0 });
    expect(idsOf(await answerOf(subject, pending))).toEqual([jobOf(1).jobId]);
  });

  test("TRANSPORT-5 a job that becomes visible meanwhile ends the wait", async (subject) => {
    await send(subject, jobOf(1));
    await receiveOne(subject);
    const pending = await startWaiting(subject, 10 * visibilityOf(subject));
    await passVisibility(subject);
    expect(idsOf(await answerOf(subject, pending))).toEqual([jobOf(1).jobId]);
  });
}
