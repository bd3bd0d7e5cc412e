import { EngineError, type Kernel } from "@pawl/kernel";
import type { VirtualProcess } from "../process/virtual-process.ts";
import { START } from "../world/schedule.ts";
import type { Example } from "./example.ts";

export interface Steering {
  readonly example: Example;
  readonly workflowId: string;
  readonly kernel: Kernel;
  readonly process: VirtualProcess;
  readonly complain: (message: string) => void;
}

/**
 * Starts the run of an example and asks for its controls, as a program does that is simply run
 * again when it died: a start without a key looks first whether its run is there.
 */
export async function steer(steering: Steering): Promise<void> {
  const { example, kernel, process } = steering;
  const start = example.idempotencyKey ? startTwice : startOnce;
  const workflowRunId = await start(steering);
  for (const { at, verb } of example.controls ?? []) {
    const waitMs = START + at - process.now();
    if (waitMs > 0) await process.after(waitMs);
    await kernel.dispatch({ type: verb, workflowRunId }).catch(ignoreConflict);
  }
  await kernel.query.getRun(workflowRunId);
}

async function startOnce({ example, workflowId, kernel }: Steering): Promise<string> {
  const { runs } = await kernel.query.listRuns({ limit: 1 });
  const [known] = runs;
  if (known) return known.id;
  const { input, delayMs } = example;
  const startAt = delayMs === undefined ? {} : { startAt: START + delayMs };
  const created = await kernel.dispatch({ type: "run.create", workflowId, input, ...startAt });
  return created.workflowRunId;
}

/** The same key answers the same run, and another input a conflict. */
async function startTwice({ example, workflowId, kernel, complain }: Steering): Promise<string> {
  const { input, idempotencyKey = "" } = example;
  const start = { type: "run.create", workflowId, idempotencyKey } as const;
  const [first, second] = await Promise.all([
    kernel.dispatch({ ...start, input }),
    kernel.dispatch({ ...start, input }),
  ]);
  if (first.workflowRunId !== second.workflowRunId) complain("one key answered two runs");
  await kernel.dispatch({ ...start, input: "another" }).then(
    () => complain("another input was accepted under the key"),
    (error: unknown) => {
      if (!EngineError.is(error) || error.code !== "E_IDEMPOTENCY_CONFLICT") throw error;
    },
  );
  return first.workflowRunId;
}

/** What was asked for by the starter before may have ended the run. */
function ignoreConflict(error: unknown): void {
  if (!EngineError.is(error) || error.kind !== "conflict") throw error;
}
