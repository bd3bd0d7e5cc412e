import { setTimeout as after } from "node:timers/promises";
import type { Place } from "../engines/engine.ts";
import type { WorkerMessage, WorkerProcess } from "../processes/worker-process.ts";
import { type Bench, openOn, type Workload, workerOn } from "./workload.ts";

const STEP_MS = 50;
const KILLED_AT_STEP = 5;
const IDENTITIES = ["worker-1", "worker-2"] as const;

interface Worker {
  readonly identity: string;
  readonly process: WorkerProcess;
}

/** SIGKILL in the middle of a step while another worker is there, or is started again at once. */
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
  engines: ["pawl", "openworkflow", "dbos", "restate"],
  synchronous: ["FULL", "on", "1"],
  async measure(bench) {
    const place = await bench.newPlace();
    const starter = await openOn(bench, { place, worker: false });
    const workers = await workersOn(bench, place);
    const heirs: WorkerProcess[] = [];
    try {
      await starter.start("sequence", { steps: 20, stepMs: STEP_MS });
      const killed = await Promise.race(workers.map(holdsStep));
      await after(STEP_MS / 2);
      const killedAt = performance.now();
      await killed.process.kill();
      heirs.push(...workers.filter((worker) => worker !== killed).map((worker) => worker.process));
      if (bench.engine.heir === "itself") {
        heirs.push(workerOn(bench, place, { identity: killed.identity }));
      }
      await Promise.any(heirs.map((heir) => heir.next("entered")));
      return { figures: { successor: performance.now() - killedAt } };
    } finally {
      await Promise.all(
        [...workers.map((worker) => worker.process), ...heirs].map((each) => each.kill()),
      );
      await starter.close();
    }
  },
};

/** Engines that send work to one address have one worker. */
async function workersOn(bench: Bench, place: Place): Promise<readonly Worker[]> {
  const workers = IDENTITIES.slice(0, bench.engine.name === "restate" ? 1 : 2).map((identity) => ({
    identity,
    process: workerOn(bench, place, { identity }),
  }));
  await Promise.all(workers.map((worker) => worker.process.next("opened")));
  return workers;
}

const isHalfWay = (message: WorkerMessage): boolean => message.step === KILLED_AT_STEP;

async function holdsStep(worker: Worker): Promise<Worker> {
  await worker.process.next("entered", isHalfWay);
  return worker;
}
