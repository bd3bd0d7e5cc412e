import { afterEach, beforeEach, expect, it } from "vitest";
import { defineWorkflow } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

const where = (queue: string) =>
  defineWorkflow({ id: `on-${queue}`, queue, run: async () => queue });

it("settings of the host reach the worker", async () => {
  const [fast, slow] = [where("fast"), where("slow")];
  const host = { workerId: "w1", queues: ["fast"], labels: { zone: "a" }, leaseTtlMs: 60_000 };
  const app = await apps.open([fast, slow], { worker: false, host });
  const left = await app.start(slow, undefined);
  const taken = await app.start(fast, undefined);
  await app.host.tick();
  expect(await taken.status()).toBe("completed");
  expect(await left.status()).toBe("running");
  const [worker] = await app.kernel.query.listWorkers();
  expect(worker).toMatchObject({ workerId: "w1", queues: ["fast"], labels: { zone: "a" } });
  expect((worker?.expiresAt ?? 0) - (worker?.beatAt ?? 0)).toBe(60_000);
});

it("a setting out of bounds is refused by name, and the database closed", async () => {
  const opening = apps.open([where("fast")], { host: { jobPollIntervalMs: 0 } });
  await expect(opening).rejects.toThrow("jobPollIntervalMs is 0");
});
