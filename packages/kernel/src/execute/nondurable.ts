import { draft, stageGuard, updateStage } from "../decide/draft.ts";
import type { Execution } from "./execution.ts";

/**
 * A body that had suspended went on: it awaited something that is not durable beside a wait. The
 * next execution of the stage stays resident longer before it is released.
 */
export function reportNondurable(execution: Execution, key: string): void {
  const { engine } = execution;
  engine.logger.log("warn", "E_NONDURABLE_AWAIT", {
    key,
    runId: execution.key.runId,
    stageId: execution.key.stageId,
    advice:
      `"${key}" was called after the execution had been suspended. Put asynchronous work beside ` +
      "a wait inside a step.",
  });
  const mark = draft({
    commitId: engine.ids.newId(),
    guards: [stageGuard(execution.key, execution.fence, "suspended")],
    writes: [updateStage(execution.key, { nondurable: true })],
  });
  engine.commits.commit(mark).catch((error: unknown) => {
    engine.logger.log("warn", "the mark of a non-durable await could not be stored", { error });
  });
}
