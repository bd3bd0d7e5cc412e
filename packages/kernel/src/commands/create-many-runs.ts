import type { StartEngine } from "../engine/bound-engine.ts";
import type { Commands, RunCreateOutcome } from "../engine/command.ts";
import { createRun } from "./create-run.ts";

/** Starts several runs; each succeeds or fails on its own, by the checks of a single start. */
export const createManyRuns = (
  engine: StartEngine,
  { runs }: Commands["run.createMany"][0],
): Promise<readonly RunCreateOutcome[]> =>
  Promise.all(
    runs.map((run) =>
      createRun(engine, { ...run, type: "run.create" }).catch((error: unknown) => ({ error })),
    ),
  );
