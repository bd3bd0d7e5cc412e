import type { SeenSession } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { DeathWatch } from "../src/death-watch.ts";

/** A round of a watch beside one worker, whose connection is lost; `meanwhile` comes between. */
async function judged(meanwhile: (worker: { version: number }) => void): Promise<unknown[]> {
  const worker = { id: "w", version: 3, lockName: "lock", host: "elsewhere", pid: 1 };
  const reaped: unknown[] = [];
  const watch = new DeathWatch({
    kernel: {
      query: {
        listWorkers: async () => [worker],
        deadSessions: async (): Promise<SeenSession[]> => [{ id: "w", version: worker.version }],
      },
      dispatch: async (command: unknown) => void reaped.push(command),
    } as never,
    logger: { log: () => {} },
    workerId: "watcher",
    orchestrationIntervalMs: 1_000,
    random: () => 0,
    own: () => "own",
  });
  await watch.lookHere();
  let waits = 0;
  await watch.round({
    stopping: false,
    wait: async () => {
      if (waits++ === 0) meanwhile(worker);
    },
  } as never);
  return reaped;
}

it("a worker without a connection for two looks is taken for dead, as seen [37]", async () => {
  const dead = [{ id: "w", version: 3 }];
  expect(await judged(() => {})).toEqual([{ type: "lease.reapStale", dead }]);
});

it("one that came back and beat between the looks is not, though it is cut off again", async () => {
  const beats = (worker: { version: number }) => {
    worker.version += 1;
  };
  expect(await judged(beats)).toEqual([]);
});
