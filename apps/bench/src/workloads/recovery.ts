import { setTimeout as after } from "node:timers/promises";
import { type WorkerMessage, WorkerProcess } from "../processes/worker-process.ts";
import { type Bench, openOn, type Workload } from "./workload.ts";

const STEP_MS = 50;
const KILLED_AT_STEP = 5;

/** SIGKILL in the middle of a step while another worker is there. */
export const recovery: Workload = {
  name: "recovery",
  figures: [
    {
      id: "successor",
      title: "SIGKILL to the first step of the successor",
      unit: "ms",
      better: "less",
    },
  ],
  engines: ["pawl", "openworkflow"],
  synchronous: ["FULL"],
  async measure(bench) {
    const directory = bench.newDirectory();
    const starter = await openOn(bench, { directory, worker: false });
    const workers = await twoWorkers(bench, directory);
    try {
      await starter.start("sequence", { steps: 20, stepMs: STEP_MS });
      const { worker, other } = await Promise.race(workers.map(holdsStep(workers)));
      await after(STEP_MS / 2);
      const killedAt = performance.now();
      await worker.kill();
      await other.next("entered");
      return { figures: { successor: performance.now() - killedAt } };
    } finally {
      await Promise.all(workers.map((worker) => worker.kill()));
      await starter.close();
    }
  },
};

async function twoWorkers(bench: Bench, directory: string): Promise<readonly WorkerProcess[]> {
  const { engine, synchronous } = bench;
  const parts = { engine: engine.name, directory, synchronous };
  const workers = [new WorkerProcess(parts), new WorkerProcess(parts)];
  await Promise.all(workers.map((worker) => worker.next("opened")));
  return workers;
}

const isHalfWay = (message: WorkerMessage): boolean => message.step === KILLED_AT_STEP;

const holdsStep =
  (workers: readonly WorkerProcess[]) =>
  async (worker: WorkerProcess): Promise<{ worker: WorkerProcess; other: WorkerProcess }> => {
    await worker.next("entered", isHalfWay);
    return { worker, other: workers.find((each) => each !== worker) as WorkerProcess };
  };
