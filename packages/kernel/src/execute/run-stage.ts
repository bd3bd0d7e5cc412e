import type { AnyStage } from "../define/stage.ts";
import { StageTimeoutError } from "../errors/execution-errors.ts";
import type { BodyEnd, BodyState } from "./body.ts";
import { startBody } from "./body.ts";
import { createContext } from "./context.ts";
import type { Execution } from "./execution.ts";
import { atRest, isQuiet } from "./quiescence.ts";
import { replay } from "./replay.ts";
import { stageValues } from "./stage-values.ts";
import { isOutOfReach } from "./stored-error.ts";
import { nextDue, resolveDue, storeWaits } from "./waits.ts";

/** How an execution of a stage came to its end; what is committed for it comes after. */
export type Ending =
  | BodyEnd
  | { readonly type: "suspended" }
  /** Held, or without something that it needs: give the stage back as it is. */
  | { readonly type: "yielded"; readonly error?: unknown }
  /** Lost, cancelled or expired: nothing may be written any more. */
  | { readonly type: "stopped" }
  | { readonly type: "drifted"; readonly error: Error };

/** Replays a stage from its memo, then lets it go on until it ends or waits. */
export async function runStage(execution: Execution): Promise<Ending> {
  const { stage } = execution.node;
  const values = await stageValues(execution).catch((error: unknown) => ({ error }));
  if ("error" in values) return unstarted(values.error);
  if (isFirst(execution)) goLive(execution);
  const context = createContext(execution, values);
  const body = startBody(execution, stage, context);
  const limit = limitTime(execution, stage);
  try {
    return await drive(execution, body, limit);
  } catch (error) {
    execution.signalAbort(error);
    throw error;
  } finally {
    limit.over = true;
    execution.close();
    execution.pulse.beat();
  }
}

/** A store out of reach says nothing about the stage; anything else fails its attempt. */
const unstarted = (error: unknown): Ending =>
  isOutOfReach(error) ? { type: "yielded", error } : { type: "threw", error };

/** Nothing to replay: what the body asks for may begin as it asks. */
const isFirst = ({ claimed: { memo } }: Execution): boolean =>
  memo.entries.length === 0 && memo.next === undefined;

async function drive(execution: Execution, body: BodyState, limit: TimeLimit): Promise<Ending> {
  const drift = await replay(execution, body);
  if (drift && !execution.fault) return { type: "drifted", error: drift };
  if (!execution.live && !execution.fault) goLive(execution);
  for (;;) {
    if (execution.stopped) return { type: "stopped" };
    if (execution.interrupted) return { type: "yielded", error: execution.interrupted };
    if (execution.fault) return { type: "threw", error: execution.fault };
    const news = execution.pulse.next();
    if (execution.artifacts === 0 && execution.settleNext()) {
      await atRest(execution);
      continue;
    }
    const idle = execution.inFlight === 0 && execution.settlements.pending === 0;
    if (body.ended && idle) return limited(body.ended, limit);
    if (execution.held && idle) {
      if (await isQuiet(execution, body, { turns: 2 })) return { type: "yielded" };
      continue;
    }
    if (execution.waits.size > 0 && !body.ended && !execution.held) {
      const tended = await tendWaits(execution, body, idle);
      if (tended === "suspend") {
        execution.parked = true;
        return { type: "suspended" };
      }
      if (tended === "again") continue;
    }
    await changed(execution, body, news);
  }
}

/** Calls that the memo did not answer begin now, in the order in which they were made. */
function goLive(execution: Execution): void {
  execution.live = true;
  execution.fresh = true;
  for (const operation of execution.operations.values()) operation.begin();
}

async function tendWaits(
  execution: Execution,
  body: BodyState,
  idle: boolean,
): Promise<"suspend" | "again" | "wait"> {
  if (await resolveDue(execution)) return "again";
  if (execution.settlements.pending > 0) return "wait";
  const unstored = [...execution.waits.values()].some((wait) => !wait.stored);
  if (!idle && !unstored) return "wait";
  const quiet = await isQuiet(execution, body, { turns: idle ? 2 : 1 });
  if (!quiet || execution.stopped) return "again";
  if (idle) return execution.inFlight === 0 ? "suspend" : "again";
  await storeWaits(execution);
  return "again";
}

/** Until something happens, at the latest when a wait falls due that may be resolved here. */
async function changed(execution: Execution, body: BodyState, next: Promise<void>): Promise<void> {
  const due = body.ended || execution.held ? undefined : nextDue(execution);
  if (due === undefined) return next;
  const ms = Math.max(0, due - execution.dbTime());
  await execution.engine.runtime.after(ms, { cancelled: next });
}

interface TimeLimit {
  soft: StageTimeoutError | undefined;
  over: boolean;
}

/** Soft: the signals fire at the limit. Hard: a grace later the attempt has ended. */
function limitTime(execution: Execution, stage: AnyStage): TimeLimit {
  const limit: TimeLimit = { soft: undefined, over: false };
  const { timeoutMs } = stage;
  if (timeoutMs === undefined) return limit;
  const { runtime, limits } = execution.engine;
  const closed = { cancelled: execution.whenClosed() };
  const watch = async (): Promise<void> => {
    await runtime.after(timeoutMs, closed);
    if (limit.over || execution.closed) return;
    limit.soft = new StageTimeoutError(`Stage "${stage.id}" did not end within ${timeoutMs} ms.`, {
      details: { stageId: stage.id, timeoutMs },
    });
    execution.signalAbort(limit.soft);
    await runtime.after(limits.timeoutGraceMs, closed);
    execution.fail(limit.soft);
  };
  void watch();
  return limit;
}

/** What a body throws after its time limit is the limit's doing. */
const limited = (ended: BodyEnd, { soft }: TimeLimit): BodyEnd =>
  ended.type === "threw" && soft ? { type: "threw", error: soft } : ended;
