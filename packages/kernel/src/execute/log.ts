import { encodeValue } from "../state/codec.ts";
import { cutText } from "../state/failure.ts";
import type { LogLevel } from "../state/records.ts";
import type { Execution } from "./execution.ts";

interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** A line rides on the next commit; replay writes none, and lines beyond the limit are dropped. */
export function writeLog(execution: Execution, { level, message, data }: Line): void {
  const { engine, key, claimed } = execution;
  if (!execution.fresh || execution.closed) return;
  if (++execution.logLines > engine.limits.logLinesPerExecutionMax) return;
  execution.riders.add({
    guards: [],
    writes: [
      {
        op: "insert",
        table: "logs",
        row: {
          runId: key.runId,
          id: engine.ids.newId(),
          stageId: key.stageId,
          mapIndex: key.mapIndex,
          generation: key.generation,
          attempt: claimed.stage.attempt,
          level,
          message: cutText(String(message)),
          data: data === undefined ? null : JSON.parse(encodeValue(data)),
          at: execution.dbTime(),
        },
      },
    ],
  });
}
