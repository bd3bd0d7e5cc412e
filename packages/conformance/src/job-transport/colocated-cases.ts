import { EngineError } from "@pawl/kernel";
import type { Expect } from "../runner.ts";
import { jobOf, outgoing, type TransportCase, WORKER } from "./subject.ts";

const REQUEST = { workerId: WORKER, limit: 1, waitMs: 1_000 };

/** TRANSPORT-7: a queue whose jobs are rows of the database has nothing to send or to receive. */
export function colocatedCases(test: TransportCase, expect: Expect): void {
  test("TRANSPORT-7 says that it is colocated", async ({ transport }) => {
    const { colocated, delivery } = transport.capabilities;
    expect({ colocated, delivery }).toEqual({ colocated: true, delivery: "pull" });
  });

  test("TRANSPORT-7 refuses to enqueue and says what hosts do", async ({ transport }) => {
    await refused(expect, () => transport.enqueue([outgoing(jobOf(1))]));
    await refused(expect, () => transport.enqueue([]));
  });

  test("TRANSPORT-7 refuses to dequeue, at once, and says what hosts do", async ({
    transport,
    clock,
  }) => {
    const before = clock.now();
    await refused(expect, () => transport.dequeue(REQUEST));
    expect(clock.now() - before < REQUEST.waitMs).toBe(true);
  });

  test("TRANSPORT-7 refuses racing callers alike", async ({ transport }) => {
    const calls = Array.from({ length: 8 }, () => () => transport.dequeue(REQUEST));
    await Promise.all(calls.map((call) => refused(expect, call)));
  });

  test("TRANSPORT-6 every receipt is unknown to it, and a no-op", async ({ transport }) => {
    await transport.ack(["nonsense", ""]);
    await transport.nack("nonsense", { delayMs: 10 });
    await transport.extend("nonsense", 10);
  });
}

async function refused(expect: Expect, call: () => Promise<unknown>): Promise<void> {
  const error = await call().then(
    () => "it was accepted",
    (thrown: unknown) => thrown,
  );
  expect(EngineError.is(error, "E_UNSUPPORTED") || error).toBe(true);
  expect(/\bclaim/.test((error as EngineError).message)).toBe(true);
}
