import { setTimeout as after } from "node:timers/promises";
import type { OpenWorkflow } from "openworkflow";
import type { BackendSqlite } from "openworkflow/sqlite";
import { type Steps, type Witness, WORK, type WorkInput, type WorkName } from "../work/work.ts";
import type { StartedRun } from "./engine.ts";

/** Its own handles look every 1,000 ms. */
export const RESULT_POLL_MS = 2;

type StepsOfRun = Parameters<Parameters<OpenWorkflow["defineWorkflow"]>[1]>[0]["step"];

type Works = {
  readonly [work in WorkName]: {
    run(input: WorkInput): Promise<{ readonly workflowRun: { readonly id: string } }>;
  };
};

/** The works as its workflows, whatever it keeps them in. */
export const openWorkflows = (client: OpenWorkflow, witness: Witness): Works => ({
  sequence: workflow(client, "sequence", witness),
  fanOut: workflow(client, "fanOut", witness),
});

const workflow = (client: OpenWorkflow, name: WorkName, witness: Witness) =>
  client.defineWorkflow<WorkInput, number>({ name }, ({ input, step }) =>
    WORK[name](stepsOf(step), input, witness),
  );

const stepsOf = (step: StepsOfRun): Steps => ({
  step: (name, body) => step.run({ name }, body),
  sleep: (name, milliseconds) => step.sleep(name, `${milliseconds}ms`),
});

export function startedRun(
  backend: Pick<BackendSqlite, "getWorkflowRun">,
  workflowRunId: string,
): StartedRun {
  return {
    result: async () => {
      for (;;) {
        const run = await backend.getWorkflowRun({ workflowRunId });
        if (run?.status === "completed") return run.output;
        if (run?.status === "failed") throw new Error(JSON.stringify(run.error));
        await after(RESULT_POLL_MS);
      }
    },
  };
}
