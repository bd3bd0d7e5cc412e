import { validate } from "../define/schema.ts";
import { packValue } from "../engine/pack.ts";
import type { Outcome } from "./end.ts";
import { fail, outcomeOf } from "./end-failed.ts";
import { yieldStage } from "./end-parked.ts";
import type { Execution } from "./execution.ts";
import { finish } from "./finish.ts";
import { isOutOfReach } from "./stored-error.ts";
import { closedWaits } from "./waits.ts";

/** The body returned: its output ends the stage, unless it can't be stored. */
export async function complete(
  execution: Execution,
  output: unknown,
  sticky: boolean,
): Promise<Outcome> {
  const { node, engine, key } = execution;
  const packing = async () => {
    const value = await validate(node.stage.outputSchema, output, {
      code: "E_OUTPUT_INVALID",
      subject: `Output of stage "${node.id}"`,
    });
    const place = { runId: key.runId, field: `output/${key.stageId}` };
    return packValue(engine, value, place);
  };
  const result = await packing().catch((error: unknown) => ({ error }));
  if ("error" in result) {
    const { error } = result;
    return isOutOfReach(error) ? yieldStage(execution, error) : fail(execution, error);
  }
  const ride = execution.riders.takeAll();
  const finished = await finish(execution, {
    end: { status: "completed", output: result.packed },
    riders: [...ride.writes, ...result.writes, ...closedWaits(execution)],
    riderGuards: [...ride.guards, ...result.guards],
    sticky,
  });
  return outcomeOf(execution, finished, { outcome: "completed", ride });
}
