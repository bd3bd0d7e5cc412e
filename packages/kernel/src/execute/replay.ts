import { unpackValue } from "../engine/unpack.ts";
import { NonDeterminismError } from "../errors/execution-errors.ts";
import { operationText, stepField } from "../state/ids.ts";
import type { MemoEntry, MemoPage } from "../state/snapshot.ts";
import type { BodyState } from "./body.ts";
import type { Execution } from "./execution.ts";
import type { Answer, Operation } from "./operation.ts";
import { atRest } from "./quiescence.ts";
import { StoredError } from "./stored-error.ts";
import { waitAnswer } from "./waits.ts";

/**
 * Settles what the memo holds in `seq` order, letting the body come to rest between two entries.
 * Answers the error when the body no longer asks for what it asked before.
 */
export async function replay(
  execution: Execution,
  body: BodyState,
): Promise<NonDeterminismError | undefined> {
  const { claimed } = execution;
  await atRest(execution);
  for (
    let page: MemoPage | undefined = claimed.memo;
    page;
    page = await nextPage(execution, page)
  ) {
    const last = page.next === undefined ? page.entries.findLast(settles) : undefined;
    for (const entry of page.entries) {
      if (isOver(execution)) return undefined;
      if (entry === last) execution.fresh = true;
      const drift = await settleEntry(execution, body, entry);
      if (drift) return drift;
    }
  }
  return undefined;
}

/** Stopped, shut, or out of time. */
const isOver = (execution: Execution): boolean => execution.closed || execution.fault !== undefined;

/** Markers and the engine's own delays are no news to the body. */
function settles(entry: MemoEntry): boolean {
  if (entry.type === "step") return entry.step.status !== "marker";
  return entry.wait.kind !== "retry" && entry.wait.kind !== "hold";
}

async function nextPage(execution: Execution, page: MemoPage): Promise<MemoPage | undefined> {
  if (page.next === undefined) return undefined;
  const { persistence, limits } = execution.engine;
  return persistence.memoPage(execution.key, page.next, {
    recordsMax: limits.memoRecordsMax,
    bytesMax: limits.memoBytesMax,
  });
}

async function settleEntry(
  execution: Execution,
  body: BodyState,
  entry: MemoEntry,
): Promise<NonDeterminismError | undefined> {
  const text = operationText(entry.type === "step" ? entry.step : entry.wait);
  if (entry.type === "step" && entry.step.status === "marker") execution.markers.add(text);
  if (!settles(entry)) return undefined;
  const operation = await askedFor(execution, body, text);
  if (isOver(execution)) return undefined;
  if (!operation) return drifted(execution, body, entry, text);
  const was = entry.type === "step" ? entry.step.kind : entry.wait.kind;
  if (operation.kind.type !== entry.type || operation.kind.kind !== was) {
    return new NonDeterminismError(
      `Stage "${execution.key.stageId}" recorded "${text}" as ${was}; the code now asks for it ` +
        `as ${operation.kind.kind}. Restore the code, or give the changed workflow a new version.`,
      { details: { key: text, recorded: was, asked: operation.kind.kind } },
    );
  }
  execution.settle(operation, { answer: await answerOf(execution, entry), at: settledAt(entry) });
  await atRest(execution);
  return undefined;
}

const settledAt = (entry: MemoEntry): number =>
  entry.type === "step" ? entry.step.endedAt : (entry.wait.resolvedAt ?? 0);

async function answerOf(execution: Execution, entry: MemoEntry): Promise<Answer> {
  if (entry.type === "wait") return waitAnswer(execution, entry.wait);
  const { step } = entry;
  if (step.status === "failed") {
    return { error: new StoredError(step.failure ?? { name: "Error", message: "unknown" }) };
  }
  const place = { runId: step.runId, field: stepField(step) };
  const value =
    step.output === null ? undefined : await unpackValue(execution.engine, step.output, place);
  return { value };
}

/**
 * The operation, once the body has asked for it; undefined if it ended or nothing moved. Artifacts
 * that are read or put on the way move something too, though no operation is asked for.
 */
async function askedFor(
  execution: Execution,
  body: BodyState,
  text: string,
): Promise<Operation | undefined> {
  const { runtime, limits } = execution.engine;
  for (;;) {
    const operation = execution.operations.get(text);
    if (operation || body.ended || isOver(execution)) return operation;
    let moved = false;
    const changed = execution.pulse.next().then(() => {
      moved = true;
    });
    await runtime.after(limits.replayQuietMs, { cancelled: changed });
    if (!moved && !execution.operations.has(text)) return undefined;
  }
}

function drifted(
  execution: Execution,
  body: BodyState,
  entry: MemoEntry,
  text: string,
): NonDeterminismError {
  const asked = [...execution.operations.keys()];
  const did = body.ended
    ? `ended (${body.ended.type === "threw" ? "with an error" : "normally"}) without asking for it`
    : `asked for nothing more in ${execution.engine.limits.replayQuietMs} ms: either the code ` +
      "has changed, or it awaits something that is not durable";
  const instead =
    asked.length > 0 ? ` It asked instead for ${asked.map((k) => `"${k}"`).join(", ")}.` : "";
  return new NonDeterminismError(
    `Stage "${execution.key.stageId}" recorded "${text}" as number ${entry.seq}, but the body ` +
      `${did}.${instead} Restore the code, or give the changed workflow a new version.`,
    { details: { recorded: text, seq: entry.seq, asked } },
  );
}
