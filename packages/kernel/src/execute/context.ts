import type { StageContext } from "../define/context.ts";
import { EngineError } from "../errors/engine-error.ts";
import { stageKeyText } from "../state/ids.ts";
import type { LogLevel } from "../state/records.ts";
import { all, mapItems, race } from "./branch.ts";
import { nestedCall } from "./call.ts";
import { callStep } from "./call-step.ts";
import type { Chance } from "./chance.ts";
import type { Execution } from "./execution.ts";
import { writeLog } from "./log.ts";
import { Progress } from "./progress.ts";
import { stageStorage } from "./storage.ts";
import { sleep, sleepUntil } from "./timers.ts";

/** Values that a stage starts with, decoded and validated. */
export interface StageValues {
  readonly input: unknown;
  readonly config: unknown;
  /** Outputs by stage id of what it reads and what completed. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The handle that user code gets. */
export function createContext(
  execution: Execution,
  values: StageValues,
): StageContext<unknown, unknown, Record<string, unknown>> {
  const { key, claimed, workflow, node } = execution;
  const progress = new Progress(execution);
  return {
    runId: key.runId,
    workflowId: workflow.id,
    stageId: key.stageId,
    attempt: claimed.stage.attempt,
    idempotencyKey: stageKeyText(key),
    abortSignal: execution.abort.signal,
    input: values.input,
    config: values.config,
    step: (stepKey, body, options) => callStep(execution, { key: stepKey, body, options }),
    sleep: (waitKey, duration) => sleep(execution, waitKey, duration),
    sleepUntil: (waitKey, instant) => sleepUntil(execution, waitKey, instant),
    all,
    race,
    map: mapItems,
    now: () => execution.instant,
    random: () => outsideBody(execution, "random").random(),
    uuid: () => outsideBody(execution, "uuid").uuid(),
    log: (level: LogLevel, message, data) => writeLog(execution, { level, message, data }),
    progress: (value) => progress.show(value),
    storage: stageStorage(execution),
    optional: (stageId) => values.outputs[stageId],
    require: (stageId) => {
      if (Object.hasOwn(values.outputs, stageId)) return values.outputs[stageId];
      throw upstreamAbsent(stageId, { reader: node.id, outputs: values.outputs });
    },
  };
}

/** Drawn inside a step's body, which replay does not run, it would shift every later draw. */
function outsideBody(execution: Execution, what: string): Chance {
  if (!execution.isInsideBody()) return execution.chance;
  throw nestedCall(`ctx.${what}`);
}

const upstreamAbsent = (
  stageId: string,
  { reader, outputs }: { readonly reader: string; readonly outputs: object },
): EngineError => {
  const known = Object.keys(outputs).map((id) => `"${id}"`);
  return new EngineError(
    "E_UPSTREAM_ABSENT",
    `Stage "${reader}" requires the output of "${stageId}", which has none here (skipped, or not ` +
      `named in uses). There are outputs of: ${known.join(", ") || "no stage"}. ` +
      "Use ctx.optional where a stage may be skipped.",
    { details: { stageId, reader } },
  );
};
