import { expect, it } from "vitest";
import { createScheduledHandler, createSqsHandler } from "../../src/lambda/index.ts";
import { steps } from "../workflows.ts";
import { createWorld } from "../world.ts";
import { contextOf, scheduledEvent } from "./events.ts";

it("does a round of maintenance and, where asked to, what is ready [143]", async () => {
  const world = createWorld({ workflows: [steps(2)] });
  const startAt = world.time.clock.now() + 1_000;
  await world.kernel.dispatch({ type: "run.create", workflowId: "steps", startAt });
  await world.time.advance(2_000);
  const tick = createScheduledHandler({ host: world.host });
  const call = (handler: typeof tick) =>
    world.time.until(handler(scheduledEvent, contextOf(world.time)));
  expect(await call(tick)).toEqual({
    claimed: 1,
    suspendedChecked: 0,
    staleReleased: 0,
    eventsFlushed: 0,
    dispatched: 0,
    schedulesFired: 0,
    jobs: { processed: 0, succeeded: 0, failed: 0 },
  });
  const working = createScheduledHandler({ host: world.host, maxJobs: 5 });
  expect((await call(working)).jobs).toEqual({ processed: 1, succeeded: 1, failed: 0 });
  expect(world.persistence.dump().runs).toMatchObject([{ status: "completed" }]);
  expect(world.time.pending()).toBe(0);
});

it("fails while the database is down, so that the schedule tries again", async () => {
  const world = createWorld({ workflows: [steps(1)] });
  world.fail("sweep", "unavailable");
  const tick = createScheduledHandler({ host: world.host });
  const work = tick(scheduledEvent, contextOf(world.time));
  await expect(world.time.until(work)).rejects.toMatchObject({ code: "E_PERSISTENCE_UNAVAILABLE" });
});

it("called without a context, as in a test, says what is missing", async () => {
  const { host } = createWorld({ workflows: [steps(1)] });
  for (const handler of [createScheduledHandler({ host }), createSqsHandler({ host })]) {
    const call = handler as unknown as (event: unknown) => Promise<unknown>;
    await expect(call({ Records: [] })).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
      message: expect.stringContaining("getRemainingTimeInMillis"),
    });
  }
});
