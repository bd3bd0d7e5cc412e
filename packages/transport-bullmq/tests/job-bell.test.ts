import { expect, it } from "vitest";
import { JobBell } from "../src/job-bell.ts";
import type { RedisLine } from "../src/redis-line.ts";

type Heard = [marker: string, member: string, score: string] | null;

/** A line on which a test says what is heard. */
function heldLine() {
  const written: unknown[][] = [];
  const blocked: ((heard: Heard) => void)[] = [];
  const redis = {
    bzpopmin: () => new Promise<Heard>((resolve) => blocked.push(resolve)),
    zadd: async (...args: unknown[]) => void written.push(args),
  };
  const line = { redis, isReady: true, ready: async () => true } as unknown as RedisLine;
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return { bell: new JobBell(line, ["a", "b"]), written, blocked, turns };
}

it("wakes everybody who waits, with one command under way", async () => {
  const { bell, blocked, turns, written } = heldLine();
  const waits = [bell.wait(60_000), bell.wait(60_000)];
  await turns();
  expect(blocked).toHaveLength(1);
  blocked[0]?.(["b", "0", "0"]);
  await Promise.all(waits);
  expect(written).toEqual([]);
});

it("puts a marker back that was heard when nobody waited any more", async () => {
  const { bell, blocked, turns, written } = heldLine();
  await bell.wait(1);
  blocked[0]?.(["b", "1", "1700000000000"]);
  await turns();
  expect(written).toEqual([["b", "1700000000000", "1"]]);
  expect(blocked).toHaveLength(1);
});

it("listens again for those who came while it listened", async () => {
  const { bell, blocked, turns } = heldLine();
  await bell.wait(1);
  const later = bell.wait(60_000);
  blocked[0]?.(null);
  await turns();
  expect(blocked).toHaveLength(2);
  blocked[1]?.(["a", "0", "0"]);
  await later;
});
