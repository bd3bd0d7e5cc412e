import type { Delivery } from "@pawl/kernel/ports";
import type { Expect } from "../runner.ts";
import {
  answerOf,
  idsOf,
  jobOf,
  passVisibility,
  receive,
  receiveNow,
  receiveOne,
  send,
  startWaiting,
  type TransportCase,
  type TransportSubject,
  visibilityOf,
} from "./subject.ts";

const JOBS = 40;
const CONSUMERS = 4;
const WAIT_MS = 2_000;
const ids = Array.from({ length: JOBS }, (_, n) => jobOf(n).jobId).sort();

/** What holds when several senders and consumers are at work. */
export function racingCases(test: TransportCase, expect: Expect): void {
  fleetCases(test, expect);
  receiptRaceCases(test, expect);
}

function fleetCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-1 racing senders and consumers lose nothing", async (subject) => {
    const seen: Delivery[] = [];
    await Promise.all([
      ...Array.from({ length: JOBS }, (_, n) => send(subject, jobOf(n))),
      ...Array.from({ length: CONSUMERS }, () => consume(subject, seen)),
    ]);
    await consume(subject, seen);
    expect([...new Set(idsOf(seen))]).toEqual(ids);
  });

  test("TRANSPORT-2 racing consumers acknowledge everything for good", async (subject) => {
    await send(subject, ...Array.from({ length: 10 }, (_, n) => jobOf(n)));
    const seen: Delivery[] = [];
    await Promise.all(Array.from({ length: CONSUMERS }, () => consume(subject, seen)));
    await consume(subject, seen);
    expect(idsOf(seen).length).toBe(10);
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-4 racing consumers never hold one job at once", async (subject) => {
    await send(subject, ...Array.from({ length: 10 }, (_, n) => jobOf(n)));
    const answers = await Promise.all(
      Array.from({ length: CONSUMERS }, () => receiveNow(subject, 5)),
    );
    const held = idsOf(answers.flat());
    expect(held.length).toBe(new Set(held).size);
  });

  test("TRANSPORT-5 of two that wait, one gets the job", async (subject) => {
    // Longer than that and what the one holds comes to the other.
    const waitMs = Math.min(WAIT_MS, visibilityOf(subject) / 2);
    const waiting = [await startWaiting(subject, waitMs), await startWaiting(subject, waitMs)];
    await send(subject, jobOf(1));
    await subject.clock.advance(waitMs);
    const answers = await Promise.all(waiting.map((pending) => answerOf(subject, pending)));
    expect(answers.map((answer) => answer.length).sort()).toEqual([0, 1]);
  });
}

function receiptRaceCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-3 giving back and acknowledging at once: at most once more", async (subject) => {
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    const { transport } = subject;
    await Promise.all([transport.nack(receipt, { delayMs: 0 }), transport.ack([receipt])]);
    const again = await receiveNow(subject);
    expect(again.length <= 1).toBe(true);
    await transport.ack(again.map((delivery) => delivery.receipt));
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-6 a late beat that races the next holder changes nothing", async (subject) => {
    await send(subject, jobOf(1));
    const stale = await receiveOne(subject);
    await passVisibility(subject);
    await receiveOne(subject);
    const { transport } = subject;
    await Promise.all([
      transport.extend(stale.receipt, 10 * visibilityOf(subject)),
      transport.nack(stale.receipt, { delayMs: 0 }),
      transport.ack([stale.receipt]),
    ]);
    expect(await receiveNow(subject)).toEqual([]);
    await passVisibility(subject);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
  });
}

/** Takes three at a time and acknowledges them until nothing comes any more. */
async function consume(subject: TransportSubject, seen: Delivery[]): Promise<void> {
  for (;;) {
    const deliveries = await receiveNow(subject, 3);
    if (deliveries.length === 0) return;
    seen.push(...deliveries);
    await subject.transport.ack(deliveries.map((delivery) => delivery.receipt));
  }
}
