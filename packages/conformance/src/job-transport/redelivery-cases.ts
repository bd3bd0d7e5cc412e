import type { Expect } from "../runner.ts";
import {
  DELAY_MS,
  idsOf,
  jobOf,
  passVisibility,
  receive,
  receiveNow,
  receiveOne,
  send,
  type TransportCase,
  visibilityOf,
} from "./subject.ts";

/** TRANSPORT-3 and TRANSPORT-4: how a job comes back that was not done. */
export function redeliveryCases(test: TransportCase, expect: Expect): void {
  nackCases(test, expect);
  visibilityCases(test, expect);
  extendCases(test, expect);
}

function nackCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-3 a job given back without delay comes at once, whole", async (subject) => {
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    await subject.transport.nack(receipt, { delayMs: 0 });
    expect((await receiveOne(subject)).body).toEqual(jobOf(1));
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-3 a job given back does not come before the delay", async (subject) => {
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    const notBefore = subject.clock.now() + DELAY_MS;
    await subject.transport.nack(receipt, { delayMs: DELAY_MS });
    expect(await receiveNow(subject)).toEqual([]);
    await subject.clock.advance(DELAY_MS / 2);
    expect(await receiveNow(subject)).toEqual([]);
    await subject.clock.advance(DELAY_MS / 2);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
    expect(subject.clock.now() >= notBefore).toBe(true);
  });

  test("TRANSPORT-3 a delay longer than the visibility holds", async (subject) => {
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    await subject.transport.nack(receipt, { delayMs: 2 * visibilityOf(subject) });
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
    await passVisibility(subject);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
  });

  test("TRANSPORT-3 a job may be given back again and again", async (subject) => {
    await send(subject, jobOf(1));
    for (let round = 0; round < 20; round++) {
      const { receipt } = await receiveOne(subject);
      await subject.transport.nack(receipt, { delayMs: 0 });
    }
    const { receipt } = await receiveOne(subject);
    await subject.transport.ack([receipt]);
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
  });
}

function visibilityCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-4 a job whose worker died comes again, to another", async (subject) => {
    await send(subject, jobOf(1));
    const first = await receiveOne(subject);
    await passVisibility(subject);
    const request = { workerId: "worker-2", limit: 10, waitMs: 0 };
    const again = await subject.transport.dequeue(request);
    const later = again.length > 0 ? again : await receive(subject);
    expect(later.map((delivery) => delivery.body)).toEqual([jobOf(1)]);
    expect(later[0]?.receipt === first.receipt).toBe(false);
  });

  test("TRANSPORT-4 a job in work is hidden from others", async (subject) => {
    await send(subject, jobOf(1));
    await receiveOne(subject);
    expect(await receiveNow(subject)).toEqual([]);
    await subject.clock.advance(visibilityOf(subject) / 2);
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-4 a job that nobody finishes comes every time", async (subject) => {
    await send(subject, jobOf(1));
    for (let round = 0; round < 4; round++) {
      expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
      await passVisibility(subject);
    }
  });
}

function extendCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-4 an extended job stays hidden so much longer", async (subject) => {
    const visibilityMs = visibilityOf(subject);
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    await subject.clock.advance(visibilityMs / 2);
    await subject.transport.extend(receipt, 2 * visibilityMs);
    await subject.clock.advance(1.5 * visibilityMs);
    expect(await receiveNow(subject)).toEqual([]);
    await passVisibility(subject);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
  });

  test("TRANSPORT-4 an extension counts from now, it does not add up", async (subject) => {
    const visibilityMs = visibilityOf(subject);
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    for (let beat = 0; beat < 4; beat++) await subject.transport.extend(receipt, visibilityMs);
    await passVisibility(subject);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
  });

  test("TRANSPORT-4 a job kept by beats is acknowledged by its receipt", async (subject) => {
    const visibilityMs = visibilityOf(subject);
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    for (let beat = 0; beat < 4; beat++) {
      await subject.clock.advance(visibilityMs / 2);
      await subject.transport.extend(receipt, visibilityMs);
      expect(await receiveNow(subject)).toEqual([]);
    }
    await subject.transport.ack([receipt]);
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
  });
}
