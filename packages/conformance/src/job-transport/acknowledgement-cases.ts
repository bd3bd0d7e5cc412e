import type { Expect } from "../runner.ts";
import {
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

const UNKNOWN_RECEIPTS = ["", "nonsense", "1", "0:0", "x".repeat(2_000)];

/** TRANSPORT-2 and TRANSPORT-6: what a receipt does, and what it does no more. */
export function acknowledgementCases(test: TransportCase, expect: Expect): void {
  ackCases(test, expect);
  staleReceiptCases(test, expect);
}

function ackCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-2 what was acknowledged does not come again", async (subject) => {
    await send(subject, jobOf(1), jobOf(2), jobOf(3));
    const deliveries = await receive(subject, 3);
    await subject.transport.ack(deliveries.map((delivery) => delivery.receipt));
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-2 what was not acknowledged beside it does come again", async (subject) => {
    await send(subject, jobOf(1), jobOf(2), jobOf(3));
    const [first] = await receive(subject, 3);
    if (first === undefined) throw new Error("Nothing came");
    await subject.transport.ack([first.receipt]);
    await passVisibility(subject);
    const left = [1, 2, 3].map((n) => jobOf(n).jobId).filter((id) => id !== idsOf([first])[0]);
    expect(idsOf(await receive(subject, 2))).toEqual(left);
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-2 a redelivered job can be acknowledged for good", async (subject) => {
    await send(subject, jobOf(1));
    await receiveOne(subject);
    await passVisibility(subject);
    const { receipt } = await receiveOne(subject);
    await subject.transport.ack([receipt]);
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
  });
}

function staleReceiptCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-6 unknown receipts change nothing", async (subject) => {
    const { transport } = subject;
    await send(subject, jobOf(1), jobOf(2));
    await receiveOne(subject);
    await transport.ack(UNKNOWN_RECEIPTS);
    await transport.ack([]);
    for (const receipt of UNKNOWN_RECEIPTS) {
      await transport.nack(receipt, { delayMs: 0 });
      await transport.extend(receipt, 1_000);
    }
    await receiveOne(subject);
    expect(await receiveNow(subject)).toEqual([]);
    await passVisibility(subject);
    expect(idsOf(await receive(subject, 2))).toEqual([jobOf(1).jobId, jobOf(2).jobId]);
  });

  test("TRANSPORT-6 an unknown receipt beside a good one does not spoil it", async (subject) => {
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    await subject.transport.ack(["nonsense", receipt, receipt, ""]);
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-6 an earlier receipt can't end the later delivery", async (subject) => {
    await send(subject, jobOf(1));
    const stale = await receiveOne(subject);
    await passVisibility(subject);
    await receiveOne(subject);
    await subject.transport.ack([stale.receipt]);
    await passVisibility(subject);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
  });

  test("TRANSPORT-6 an earlier receipt can't give back the later delivery", async (subject) => {
    await send(subject, jobOf(1));
    const stale = await receiveOne(subject);
    await passVisibility(subject);
    await receiveOne(subject);
    await subject.transport.nack(stale.receipt, { delayMs: 0 });
    expect(await receiveNow(subject)).toEqual([]);
  });

  test("TRANSPORT-6 an earlier receipt can't extend the later delivery", async (subject) => {
    await send(subject, jobOf(1));
    const stale = await receiveOne(subject);
    await passVisibility(subject);
    await receiveOne(subject);
    await subject.transport.extend(stale.receipt, 10 * visibilityOf(subject));
    await passVisibility(subject);
    expect(idsOf(await receive(subject))).toEqual([jobOf(1).jobId]);
  });

  test("TRANSPORT-6 an acknowledged job is not revived by its receipt", async (subject) => {
    await send(subject, jobOf(1));
    const { receipt } = await receiveOne(subject);
    await subject.transport.ack([receipt]);
    await subject.transport.ack([receipt]);
    await subject.transport.nack(receipt, { delayMs: 0 });
    await subject.transport.extend(receipt, 1);
    await passVisibility(subject);
    expect(await receiveNow(subject)).toEqual([]);
  });
}
