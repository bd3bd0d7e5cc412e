import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { ObservedCall, SqlitePersistenceOptions } from "@pawl/persistence-sql";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineStage, defineWorkflow, WorkflowBuilder } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

const calls = vi.hoisted((): ObservedCall[] => []);
vi.mock("@pawl/persistence-sql", async (original) => {
  const real = await original<typeof import("@pawl/persistence-sql")>();
  return {
    ...real,
    createSqlitePersistence: (options: SqlitePersistenceOptions) =>
      real.createSqlitePersistence({ ...options, observe: (call) => void calls.push(call) }),
  };
});
/** The host's steady clock, so that it stands still and jumps with the timers. */
vi.mock("node:perf_hooks", () => ({ performance: { now: () => Date.now() } }));

/** A thread would renew leases in real time. */
const host = { leaseThread: false };

let apps: Apps;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  apps = await temporaryApps();
  calls.length = 0;
});
afterEach(async () => {
  vi.useRealTimers();
  await apps.remove();
});

const nap = defineWorkflow({ id: "nap", run: (ctx) => ctx.sleep("nap", "1 day") });
const sum = (of: "statements" | "commits", method?: string): number =>
  calls
    .filter((call) => method === undefined || call.method === method)
    .reduce((total, call) => total + call[of], 0);

it("an idle app on SQLite asks it for less than one statement a second [C2]", async () => {
  await apps.open([nap], { host });
  await vi.advanceTimersByTimeAsync(60_000);
  calls.length = 0;
  const seconds = 600;
  await vi.advanceTimersByTimeAsync(seconds * 1_000);
  expect(sum("statements")).toBeGreaterThan(seconds / 10);
  expect(sum("statements")).toBeLessThanOrEqual(seconds);
});

it("a thousand suspended runs cost an idle app not one statement more [C3]", async () => {
  const idleCost = async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    calls.length = 0;
    await vi.advanceTimersByTimeAsync(600_000);
    const methods = [...new Set(calls.map((call) => call.method))].sort();
    return methods.map((method) => {
      const own = calls.filter((call) => call.method === method);
      const costliest = Math.max(...own.map((call) => call.statements));
      return { method, costliest, calls: own.length };
    });
  };
  const app = await apps.open([nap], { concurrency: 100, host });
  const before = await idleCost();
  const runs = Array.from({ length: 1_000 }, () => ({ workflowId: "nap" }));
  await app.kernel.dispatch({ type: "run.createMany", runs });
  await vi.waitFor(() => expect(app.host.getStats().jobsSuspended).toBe(1_000), 20_000);
  const after = await idleCost();
  expect(after).toHaveLength(before.length);
  for (const [i, { method, costliest, calls: often }] of before.entries()) {
    expect(after[i]).toMatchObject({ method, costliest });
    expect(Math.abs((after[i]?.calls ?? 0) - often)).toBeLessThan(often / 4);
  }
  const [last] = (await app.kernel.query.listRuns({ limit: 1 })).runs;
  expect(await app.run(last?.id ?? "").status()).toBe("waiting");
}, 30_000);

it("three stages of three steps are 1 + 3·(3+1) commits on SQLite [C1]", async () => {
  const stage = (id: string) =>
    defineStage({
      id,
      schemas: {},
      async execute(ctx) {
        for (const step of ["a", "b", "c"]) await ctx.step(step, () => step);
        return { output: id };
      },
    });
  const workflow = new WorkflowBuilder("linear")
    .pipe(stage("one"))
    .pipe(stage("two"))
    .pipe(stage("three"))
    .build();
  vi.useRealTimers();
  const app = await apps.open([workflow]);
  await (await app.start(workflow, undefined)).result();
  calls.length = 0;
  const run = await app.start(workflow, undefined);
  expect(await run.result()).toBe("three");
  expect(sum("commits", "commit") + sum("commits", "commitMany")).toBe(1 + 3 * (3 + 1));
});

// because only Linux tells by whom a file is held open
it.skipIf(process.platform !== "linux")(
  "an app holds one connection to its file, its thread another, and none after stop [110]",
  async () => {
    vi.useRealTimers();
    const file = join(apps.directory, "pawl.db");
    const connections = (): number =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === file;
        } catch {
          return false;
        }
      }).length;
    const quick = defineWorkflow({ id: "quick", run: (ctx) => ctx.step("s", () => 1) });
    const app = await apps.open([quick]);
    await expect.poll(connections, { timeout: 10_000 }).toBe(2);
    const runs = await Promise.all(Array.from({ length: 20 }, () => app.start(quick, undefined)));
    await Promise.all(runs.map((run) => run.result()));
    expect(connections()).toBe(2);
    await app.stop();
    expect(connections()).toBe(0);
  },
);
