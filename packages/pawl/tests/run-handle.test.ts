import type { Kernel, RunView } from "@pawl/kernel";
import { expect, it } from "vitest";
import type { RunEnds, Wait } from "../src/run-ends.ts";
import { runHandle } from "../src/run-handle.ts";

it("a run that was started a while ago is read at once: it may have ended", async () => {
  const waits: Wait[] = [];
  const ends = {
    wait: async (_: string, wait: Wait) => {
      waits.push(wait);
      return { status: "completed", output: 1 } as RunView;
    },
  } as unknown as RunEnds;
  let startedMsAgo = 1;
  const parts = { kernel: {} as Kernel, ends };
  const handle = runHandle<number>({ ...parts, startedMsAgo: () => startedMsAgo }, "run");
  expect(await handle.result()).toBe(1);
  startedMsAgo = 1_000;
  await handle.result();
  await runHandle<number>(parts, "run").result();
  expect(waits.map(({ justStarted }) => justStarted)).toEqual([true, false, false]);
});
