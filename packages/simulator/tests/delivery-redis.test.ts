import { describeOn, redis } from "@pawl/services/vitest";
import { expect, it } from "vitest";
import { playOnRedis } from "./delivery/play-on-redis.ts";

const RUNS = 500;

describeOn("a Redis behind an adversary", await redis(), ({ url }) => {
  it(`${RUNS} runs end, every record once, and late jobs change nothing [11] [44]`, async () => {
    const { problems, runs, done } = await playOnRedis({
      seed: 1,
      runs: RUNS,
      url,
      dropsInARowMax: 4,
    });
    expect(problems).toEqual([]);
    expect(runs).toBe(RUNS);
    expect(done.dropped + done.doubled).toBeGreaterThan(RUNS);
    expect(Object.values(done)).not.toContain(0);
  }, 150_000);
});
