import { encodeValue } from "../state/codec.ts";
import { cutText, toFailure } from "../state/failure.ts";
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
  execution.riders.addLine({
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
          data: data === undefined ? null : storable(data),
          at: execution.dbTime(),
        },
      },
    ],
  });
}

const DATA_LENGTH_MAX = 16_384;

/** A line must never fail the stage that writes it: what can't be stored is said instead. */
function storable(data: unknown): Readonly<Record<string, unknown>> {
  try {
    const text = encodeValue(data);
    return text.length > DATA_LENGTH_MAX
      ? { cut: cutText(text, DATA_LENGTH_MAX) }
      : JSON.parse(text);
  } catch (error) {
    return { notStored: toFailure(error).message };
  }
}
