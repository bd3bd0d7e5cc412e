import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Pawl, RunHandle } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";
import { fleetWorkflow } from "./fleet-workflow.ts";

const PROGRAM = fileURLToPath(new URL("fleet-program.ts", import.meta.url));
const STEPS = 9;

let apps: Apps;
let workers: ChildProcess[];
beforeEach(async () => {
  apps = await temporaryApps();
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map(kill));
  await apps.remove();
});

async function spawn(): Promise<ChildProcess> {
  const worker = fork(PROGRAM, [apps.directory], { execArgv: ["--conditions=source"] });
  workers.push(worker);
  await once(worker, "message");
  return worker;
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = once(worker, "exit");
  worker.kill("SIGKILL");
  await gone;
}

/** Resolves with the worker that enters the so-many-th step body from now on. */
const afterSteps = (steps: number): Promise<ChildProcess> =>
  new Promise((resolve) => {
    let left = steps;
    for (const worker of workers) {
      worker.on("message", () => {
        left -= 1;
        if (left === 0) resolve(worker);
      });
    }
  });

interface Story {
  readonly workers: number;
  readonly kills: number;
  readonly runsPerKill: number;
}

/** Gives a fleet work and kills a worker in the middle of it, again and again. */
async function tell({ workers: size, kills, runsPerKill }: Story, app: Pawl) {
  const workflow = fleetWorkflow(() => {});
  for (let i = 0; i < size; i++) await spawn();
  const handles: RunHandle<unknown>[] = [];
  for (let i = 0; i < kills; i++) {
    const middle = afterSteps((runsPerKill * STEPS) / 3);
    const starts = Array.from({ length: runsPerKill }, () => app.start(workflow, i));
    await kill(await middle);
    handles.push(...(await Promise.all(starts)));
    await spawn();
  }
  await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 60_000 })));
  return handles.map((handle) => handle.id);
}

describe.each([
  { title: "one process", workers: 1, kills: 2, runsPerKill: 20 },
  { title: "three processes [141]", workers: 3, kills: 3, runsPerKill: 40 },
])("$title on one SQLite file, killed in the middle", (story) => {
  it("end every run, with each step recorded once [1]", async () => {
    const app = await apps.open([fleetWorkflow(() => {})], { worker: false });
    const ids = await tell(story, app);
    for (const id of ids) {
      const { steps, events, stages } = await app.kernel.query.getTimeline(id);
      expect(steps.map((step) => step.status)).toEqual(Array(STEPS).fill("completed"));
      expect(stages.map((stage) => stage.status)).toEqual(Array(3).fill("completed"));
      expect(events.map((event) => event.rev)).toEqual(events.map((_, i) => i + 1));
      expect(events.filter((event) => event.type === "run.completed").length).toBe(1);
    }
    const bodies = readFileSync(join(apps.directory, "effects"), "utf8").trim().split("\n");
    expect(new Set(bodies).size).toBe(ids.length * STEPS);
    const again = bodies.length - ids.length * STEPS;
    expect(again).toBeLessThanOrEqual(story.kills * 10);
  }, 90_000);
});
