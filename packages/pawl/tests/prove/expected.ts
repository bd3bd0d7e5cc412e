import type { Failure } from "../../src/index.ts";
import { pawl, type RunFailedError } from "../../src/index.ts";
import { mixedWorkflows } from "./mixed-workflows.ts";
import { newTemporaryFolder, removeTemporaryFolder } from "./temporary-folders.ts";

/** How a run ends without faults, and which steps it records. */
export interface Outcome {
  readonly status: "completed" | "failed";
  /** Output, or name and message of the failure. */
  readonly value: unknown;
  /** `stage/key#occurrence status`, sorted. */
  readonly records: readonly string[];
}

export interface Expected {
  /** Inputs are whole numbers below. */
  readonly inputs: number;
  of(workflowId: string, input: unknown): Outcome | undefined;
}

const INPUTS = 5;

/** The fault-free outcome of every mixed workflow with every input, from runs of its own. */
export async function expectedOutcomes(): Promise<Expected> {
  const directory = newTemporaryFolder("pawl-expected-");
  const workflows = mixedWorkflows(() => {});
  const app = await pawl({ workflows, directory, environment: {}, synchronous: "NORMAL" });
  const outcomes = new Map<string, Outcome>();
  const keep = async (workflow: (typeof workflows)[number], input: number): Promise<void> => {
    const run = await app.start(workflow, input);
    const ended = await run.result({ timeoutMs: 60_000 }).then(
      (value) => ({ status: "completed" as const, value }),
      (error: RunFailedError) => ({
        status: "failed" as const,
        value: shownFailure(error.failure),
      }),
    );
    const { steps } = await app.kernel.query.getTimeline(run.id);
    outcomes.set(`${workflow.id} ${input}`, { ...ended, records: steps.map(shownRecord).sort() });
  };
  const inputs = Array.from({ length: INPUTS }, (_, i) => i);
  await Promise.all(workflows.flatMap((workflow) => inputs.map((input) => keep(workflow, input))));
  await app.stop();
  removeTemporaryFolder(directory);
  return { inputs: INPUTS, of: (workflowId, input) => outcomes.get(`${workflowId} ${input}`) };
}

export const shownFailure = ({ name, message }: Failure): string => `${name}: ${message}`;

export const shownRecord = (step: {
  readonly stageId: string;
  readonly key: string;
  readonly occurrence: number;
  readonly status: string;
}): string => `${step.stageId}/${step.key}#${step.occurrence} ${step.status}`;
