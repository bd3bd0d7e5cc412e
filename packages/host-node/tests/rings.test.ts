import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { expect, it } from "vitest";
import { createGate, createWorld, type World, type WorldOptions } from "./world.ts";

const hello = defineWorkflow({ id: "hello", run: async () => "hello" });
const onQueue = new WorkflowBuilder("mailing")
  .pipe(
    defineStage({ id: "m", schemas: {}, queue: "mail", execute: async () => ({ output: "m" }) }),
  )
  .build();
const workflows = [hello, onQueue];

const telling = (more: Partial<WorldOptions> = {}): World =>
  createWorld({ workflows, notify: true, ...more });
const claims = ({ calls }: World): number => calls.filter((call) => call === "claim").length;

it("work that another process made ready begins at once, long before the poll [43]", async () => {
  const starter = telling();
  const worker = telling({ beside: starter });
  const host = worker.host({ jobPollIntervalMs: 60_000 });
  await host.start();
  await worker.time.advance(400_000);
  await starter.start("hello");
  await worker.time.settle();
  expect(host.getStats().jobsProcessed).toBe(1);
  await host.stop();
});

it("of two idle processes one gets the run, and next time the other lets it go first", async () => {
  const starter = telling();
  const worlds = [telling({ beside: starter }), telling({ beside: starter })] as const;
  const hosts = worlds.map((world, i) => world.host({ workerId: `w${i}`, random: () => 0.9 }));
  for (const host of hosts) await host.start();
  await starter.time.advance(7_000);
  const before = worlds.map(claims);
  await starter.start("hello");
  await starter.time.settle();
  expect(worlds.map(claims).map((count, i) => count > (before[i] ?? 0))).toEqual([true, true]);
  await starter.time.advance(100);
  const [, loser] = worlds.map(claims);
  await starter.start("hello");
  await starter.time.settle();
  expect(claims(worlds[1])).toBe(loser);
  await starter.time.advance(10);
  expect(claims(worlds[1])).toBe((loser ?? 0) + 1);
  expect(hosts.map((host) => host.getStats().jobsProcessed)).toEqual([2, 0]);
  for (const host of hosts) await host.stop();
});

it("a host of other queues or another namespace does not look", async () => {
  const starter = telling();
  const worker = telling({ beside: starter });
  const host = worker.host({ queues: ["mail"] });
  await host.start();
  await worker.time.advance(60_000);
  const before = claims(worker);
  await starter.start("hello");
  starter.persistence.workBell?.ring({ namespace: "tenant", queue: "mail" });
  await worker.time.settle();
  expect(claims(worker)).toBe(before);
  await starter.start("mailing");
  await worker.time.settle();
  expect(host.getStats().jobsProcessed).toBe(1);
  await host.stop();
});

it("a host without a free slot does not look before it has one", async () => {
  const gate = createGate();
  const busy = defineWorkflow({
    id: "busy",
    async run(ctx) {
      await ctx.step("held", () => gate.opened);
    },
  });
  const starter = telling({ workflows: [hello, busy] });
  const worker = telling({ beside: starter, workflows: [hello, busy] });
  const host = worker.host({ concurrency: 1, jobPollIntervalMs: 60_000 });
  await host.start();
  await worker.time.advance(1_000);
  await starter.start("busy");
  await worker.time.settle();
  const before = claims(worker);
  await starter.start("hello");
  await worker.time.settle();
  expect(claims(worker)).toBe(before);
  gate.open();
  await worker.time.settle();
  expect(host.getStats().jobsProcessed).toBe(2);
  await host.stop();
});

it("who is told tells nobody: two hosts come to rest after a start", async () => {
  const starter = telling();
  const worlds = [telling({ beside: starter }), telling({ beside: starter })];
  const rings: unknown[] = [];
  starter.persistence.workBell?.listen(
    (place) => void (place && rings.push(place)),
    starter.logger,
  );
  const hosts = worlds.map((world, i) => world.host({ workerId: `w${i}` }));
  for (const host of hosts) await host.start();
  await starter.time.advance(60_000);
  const before = worlds.map(claims);
  await starter.start("hello");
  await starter.time.advance(900);
  const looks = worlds.map((world, i) => claims(world) - (before[i] ?? 0));
  expect(rings).toEqual([]);
  expect(looks[0]).toBeLessThanOrEqual(4);
  expect(looks[1]).toBeLessThanOrEqual(4);
  for (const host of hosts) await host.stop();
});

it("a thousand rings cost a host few looks", async () => {
  const starter = telling();
  const worker = telling({ beside: starter });
  const host = worker.host();
  await host.start();
  await worker.time.advance(60_000);
  const before = claims(worker);
  for (let i = 0; i < 1_000; i++) {
    starter.persistence.workBell?.ring({ namespace: "default", queue: "default" });
    await worker.time.advance(0.1);
  }
  const looks = claims(worker) - before;
  expect(looks).toBeGreaterThan(1);
  expect(looks).toBeLessThanOrEqual(10);
  await host.stop();
});

it("without news, or with all lost, work starts within the poll interval [43]", async () => {
  const starter = telling({ notify: false });
  const worker = telling({ beside: starter });
  const host = worker.host();
  await host.start();
  await worker.time.advance(60_000);
  await starter.start("hello");
  await worker.time.advance(5_500);
  expect(host.getStats().jobsProcessed).toBe(1);
  await host.stop();
});

it("a host that has ended listens no more", async () => {
  const starter = telling();
  const worker = telling({ beside: starter });
  const host = worker.host();
  await host.start();
  await host.stop();
  expect(starter.store.hearing.size).toBe(0);
});
