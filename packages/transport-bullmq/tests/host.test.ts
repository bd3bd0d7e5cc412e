import { privateRedis } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, expect, it, vi } from "vitest";
import { fleet, STEPS } from "./fleet.ts";
import { drain, jobOf, send } from "./jobs.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const RUNS = 20;

const everyStepOnce = Array.from({ length: RUNS }, (_, n) =>
  STEPS.map((step) => [`${n} ${step}`, 1] as const),
).flat();

describeOn("Node hosts on BullMQ", await privateRedis(), (server) => {
  afterAll(() => server.remove());

  it("complete runs of three steps, each step once, from jobs that come twice", async () => {
    const { transport, bodies, dispatched, acknowledged, start, completed, stop, kernel } =
      await fleet(server);
    const jobs = await Promise.all(Array.from({ length: RUNS }, (_, n) => start(n)));
    await send(transport, ...jobs, ...jobs, jobOf(RUNS), {
      v: 9,
      queue: "default",
      workflowId: "x",
    } as never);
    await vi.waitFor(async () => expect(await completed()).toBe(RUNS), { timeout: 30_000 });
    expect([...bodies].sort()).toEqual([...everyStepOnce].sort());
    const all = (): number => dispatched.count + 2 * RUNS + 2;
    await vi.waitFor(() => expect(acknowledged.count).toBeGreaterThanOrEqual(all()), {
      timeout: 30_000,
    });
    await stop();
    expect(await drain(transport, 0)).toEqual([]);
    const list = { type: "deadletter.list", kind: "message" } as const;
    expect(await kernel.dispatch(list)).toHaveLength(1);
  });

  it("go on when Redis was restarted in mid-flight [145]", async () => {
    const { transport, bodies, start, completed, stop } = await fleet(server);
    const jobs = await Promise.all(Array.from({ length: RUNS }, (_, n) => start(n)));
    await send(transport, ...jobs.slice(0, RUNS / 2));
    await server.stop("immediate");
    await server.start();
    const rest = jobs.slice(RUNS / 2);
    await vi.waitFor(() => send(transport, ...rest), { timeout: 30_000 });
    await vi.waitFor(async () => expect(await completed()).toBe(RUNS), { timeout: 50_000 });
    expect([...bodies].sort()).toEqual([...everyStepOnce].sort());
    await stop();
  });
});
