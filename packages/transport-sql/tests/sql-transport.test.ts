import { ColocatedTransportError, createSqlTransport } from "@pawl/transport-sql";
import { expect, it } from "vitest";

it("promises no bounds, since a job is a row that exists anyway", () => {
  expect(createSqlTransport().capabilities).toEqual({
    delivery: "pull",
    colocated: true,
    maxDelayMs: Number.POSITIVE_INFINITY,
    maxMessageBytes: Number.POSITIVE_INFINITY,
    maxBatch: Number.POSITIVE_INFINITY,
    priority: true,
  });
});

it("names the call that was wrong", async () => {
  const transport = createSqlTransport();
  const errors = [
    await transport.enqueue([]).catch((error: unknown) => error),
    await transport
      .dequeue({ workerId: "w", limit: 1, waitMs: 0 })
      .catch((error: unknown) => error),
  ];
  expect(errors.map((error) => (error as ColocatedTransportError).details)).toEqual([
    { verb: "enqueue" },
    { verb: "dequeue" },
  ]);
  for (const error of errors) expect(error).toBeInstanceOf(ColocatedTransportError);
});
