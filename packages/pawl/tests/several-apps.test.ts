import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow, type Pawl } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

/** Counts in `entered` how often each step's body began. */
function counting(entered: Map<string, number>) {
  return defineWorkflow({
    id: "count",
    input: z.object({ name: z.string(), naps: z.number() }),
    async run(ctx, { name, naps }) {
      for (let nap = 0; nap < naps; nap++) {
        await ctx.step(`step-${nap}`, () => {
          const key = `${name}/${nap}`;
          entered.set(key, (entered.get(key) ?? 0) + 1);
        });
        await ctx.sleep(`nap-${nap}`, 20);
      }
      return name;
    },
  });
}

it("what was left by one app is finished by the next on the same directory", async () => {
  const entered = new Map<string, number>();
  const workflow = counting(entered);
  const first = await apps.open([workflow]);
  const run = await first.start(workflow, { name: "a", naps: 30 });
  await expect.poll(() => entered.size).toBeGreaterThan(2);
  await first.stop();
  const before = entered.size;
  expect(before).toBeLessThan(30);
  const second = await apps.open([workflow]);
  expect(await second.run(run.id).result()).toBe("a");
  expect([...entered.values()]).toEqual(Array(30).fill(1));
});

it("three apps on one directory share the work, and each step runs once [141]", async () => {
  const entered = new Map<string, number>();
  const workflow = counting(entered);
  const three = await Promise.all([1, 2, 3].map(() => apps.open([workflow], { concurrency: 2 })));
  const names = Array.from({ length: 12 }, (_, i) => `run-${i}`);
  const handles = await Promise.all(
    names.map((name, i) => (three[i % 3] as Pawl).start(workflow, { name, naps: 3 })),
  );
  expect(await Promise.all(handles.map((run) => run.result()))).toEqual(names);
  expect(entered.size).toBe(36);
  expect(new Set(entered.values())).toEqual(new Set([1]));
  const worked = three.map((app) => app.host.getStats().jobsProcessed);
  expect(worked.filter((jobs) => jobs > 0).length).toBeGreaterThan(1);
});

it("an app without a worker starts runs, and hears when others have ended them", async () => {
  const workflow = counting(new Map());
  const starter = await apps.open([workflow], { worker: false });
  const runs = await Promise.all(
    ["a", "b", "c"].map((name) => starter.start(workflow, { name, naps: 1 })),
  );
  expect(starter.host.getStats()).toMatchObject({ isRunning: false });
  await apps.open([workflow]);
  expect(await Promise.all(runs.map((run) => run.result()))).toEqual(["a", "b", "c"]);
  expect(starter.host.getStats()).toMatchObject({ jobsProcessed: 0 });
});
