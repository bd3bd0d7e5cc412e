import { type FailedAttempt, nextAttempt } from "../decide/backoff.ts";
import { packValue } from "../engine/pack.ts";
import { EngineError } from "../errors/engine-error.ts";
import { StepInDoubtError } from "../errors/execution-errors.ts";
import { decodeValue } from "../state/codec.ts";
import { type Failure, toFailure } from "../state/failure.ts";
import { operationText, stepField } from "../state/ids.ts";
import type { Write } from "../state/plan.ts";
import type { AttemptRow, StepRow } from "../state/step.ts";
import type { WaitRow } from "../state/wait.ts";
import type { Execution } from "./execution.ts";
import type { Operation } from "./operation.ts";
import { type AttemptEnd, attemptBody } from "./step-body.ts";
import type { StepCall } from "./step-call.ts";
import { isOutOfReach, StoredError } from "./stored-error.ts";
import { newWaitRow, openWait } from "./waits.ts";

/** Runs a step that has no record: its attempts, then one fenced insert of the result. */
export async function runStep(execution: Execution, call: StepCall): Promise<void> {
  if (execution.closed || execution.held) return;
  execution.inFlight += 1;
  try {
    await runAttempts(execution, call);
  } catch (error) {
    execution.engine.logger.log("error", "a step could not be recorded", { error });
    if (isOutOfReach(error)) execution.interrupt(error);
    else execution.fail(error);
  } finally {
    execution.inFlight -= 1;
    execution.pulse.beat();
  }
}

async function runAttempts(execution: Execution, call: StepCall): Promise<void> {
  const text = operationText(call.operation.id);
  const failed = attemptsOf(execution, call).length;
  if (resumesDelay(execution, call, failed) || failsAgain(execution, call)) return;
  if (call.options.mode === "atMostOnce") {
    if (execution.markers.has(text)) return failInDoubt(execution, call);
    if (!(await recordMarker(execution, call))) return;
  }
  for (let attempt = failed + 1; !execution.closed && execution.ownsFence(); attempt++) {
    const progress = attemptsOf(execution, call).at(-1)?.progress ?? null;
    const end = await attemptBody(execution, call, { attempt, progress });
    if (execution.closed) return;
    if (end.type === "returned") {
      const failure = await recordResult(execution, call, { attempt, end });
      if (!failure) return;
      return failStep(execution, call, { attempt, end, failure, row: undefined });
    }
    const row = attemptRow(execution, call, { attempt, end });
    const verdict = nextAttempt(call.policy, failedAttempt(execution, end, attempt));
    if ("giveUp" in verdict) {
      const isKnown = call.options.mode === "atMostOnce";
      return failStep(execution, call, { attempt, end, failure: end.failure, row, isKnown });
    }
    const delay = delayed(execution, call, { attempt, delayMs: verdict.retryInMs });
    const ride = execution.riders.takeFor(call.operation.calledAt);
    const writes = [row, ...insertWaits(delay), ...ride.writes];
    if (!(await execution.record(writes, ride.guards))) return;
    execution.stepAttempts.push(row.row as AttemptRow);
    for (const wait of delay) execution.openRows.set(operationText(wait), wait);
    if (delay.length > 0) {
      if (execution.held || resumesDelay(execution, call, attempt)) return;
      continue;
    }
    await execution.engine.runtime.after(verdict.retryInMs, { cancelled: execution.whenClosed() });
    if (execution.held) return;
  }
}

const attemptsOf = (execution: Execution, { operation: { id } }: StepCall): AttemptRow[] =>
  execution.stepAttempts
    .filter((row) => row.step === id.key && row.occurrence === id.occurrence)
    .sort((a, b) => a.attempt - b.attempt);

const failedAttempt = (
  execution: Execution,
  end: Extract<AttemptEnd, { type: "threw" }>,
  attempt: number,
): FailedAttempt => ({
  failure: end.failure,
  error: end.error,
  attempt,
  random: execution.engine.ids.random(),
});

/** The wait for a later attempt, stored with the history of this one; none for a short delay. */
function delayed(
  execution: Execution,
  { operation }: StepCall,
  { attempt, delayMs }: { readonly attempt: number; readonly delayMs: number },
): readonly WaitRow[] {
  if (delayMs <= execution.engine.limits.retryInPlaceMs) return [];
  const key = delayKey(execution, operation, attempt);
  const dueAt = execution.dbTime() + delayMs;
  return [newWaitRow(execution, { operation, kind: "retry", key, dueAt })];
}

const insertWaits = (waits: readonly WaitRow[]): Write[] =>
  waits.map((row) => ({ op: "insert", table: "waits", row }));

const delayKey = (execution: Execution, { id }: Operation, attempt: number): string =>
  `retry:${execution.claimed.stage.attempt}.${attempt}:${id.key}`;

/** A delay that an earlier execution began is waited out first. */
function resumesDelay(execution: Execution, { operation }: StepCall, attempt: number): boolean {
  const key = delayKey(execution, operation, attempt);
  const wait = execution.openRows.get(operationText({ ...operation.id, key }));
  if (!wait || Number(wait.dueAt) <= execution.dbTime()) return false;
  openWait(execution, { operation, kind: "retry", key, dueAt: wait.dueAt });
  return true;
}

/**
 * The last attempt was stored with the record of another step, its failure was not: what the body
 * saw then it sees again, and no attempt beyond the policy's is made.
 */
function failsAgain(execution: Execution, call: StepCall): boolean {
  const last = attemptsOf(execution, call).at(-1);
  if (!last?.failure) return false;
  const { attempt, failure, startedAt, endedAt } = last;
  const error = new StoredError(failure);
  const end = { type: "threw", error, failure, startedAt, endedAt } as const;
  if ("retryInMs" in nextAttempt(call.policy, failedAttempt(execution, end, attempt))) return false;
  failStep(execution, call, { attempt, end, failure, row: undefined });
  return true;
}

interface Tried<E extends AttemptEnd = AttemptEnd> {
  readonly attempt: number;
  readonly end: E;
}

/** Stores the result; answers the failure instead when the result can't be stored. */
async function recordResult(
  execution: Execution,
  call: StepCall,
  { attempt, end }: Tried<Extract<AttemptEnd, { type: "returned" }>>,
): Promise<Failure | undefined> {
  const { operation } = call;
  const place = {
    runId: execution.key.runId,
    field: stepField({ ...execution.key, ...operation.id }),
  };
  const packing = execution.insist(() => packValue(execution.engine, end.value, place));
  const result = await packing.catch((error: unknown) => ({ error }));
  if (!result) return undefined;
  if ("error" in result) return { ...toFailure(result.error), permanent: true };
  const seq = execution.settlements.nextSeq();
  const settlement = execution.settlements.expect(operation, seq, end.endedAt);
  const insert = recordWrite(execution, call, {
    status: "completed",
    seq,
    output: result.packed,
    failure: null,
    attempts: attempt,
    startedAt: end.startedAt,
    endedAt: end.endedAt,
  });
  const writes = [insert, ...result.writes];
  if (call.options.durability === "deferred") {
    execution.riders.addRecord({ writes, guards: result.guards }, operation.calledAt);
    settlement.ack({ value: decodeValue(result.text) });
    return undefined;
  }
  const ride = execution.riders.takeFor(operation.calledAt);
  const guards = [...result.guards, ...ride.guards];
  if (await execution.record([...writes, ...ride.writes], guards)) {
    settlement.ack({ value: decodeValue(result.text) });
  }
  return undefined;
}

interface StepFailed extends Tried {
  readonly failure: Failure;
  /** History of the last attempt, stored with the record. */
  readonly row: Write | undefined;
  /** The outcome of a body that may run at most once: stored whatever comes of it. */
  readonly isKnown?: boolean;
}

/** The final failure settles now and is stored with what follows from it. */
function failStep(execution: Execution, call: StepCall, failed: StepFailed): void {
  const { failure, attempt, end } = failed;
  const seq = execution.settlements.nextSeq();
  const settlement = execution.settlements.expect(call.operation, seq, end.endedAt);
  const record = recordWrite(execution, call, {
    status: "failed",
    seq,
    output: null,
    failure,
    attempts: attempt,
    startedAt: end.startedAt,
    endedAt: end.endedAt,
  });
  execution.onSettled(call.operation, () => {
    const ride = { writes: [record], guards: [] };
    if (failed.isKnown) execution.riders.add(ride);
    else execution.riders.addFailure(ride);
    if (failed.row) execution.riders.add({ writes: [failed.row], guards: [] });
  });
  settlement.ack({ error: new StoredError(failure) });
}

function failInDoubt(execution: Execution, call: StepCall): void {
  const text = operationText(call.operation.id);
  const error = new StepInDoubtError(
    `Step "${text}" runs at most once and was entered by an execution that was lost; whether it ` +
      "took effect is unknown. Find out. Then either give the workflow code that catches this " +
      "error (E_STEP_IN_DOUBT) and replay the dead letter, or cancel the run.",
    { details: { step: text } },
  );
  const at = execution.dbTime();
  const end: AttemptEnd = {
    type: "threw",
    error,
    failure: toFailure(error),
    startedAt: at,
    endedAt: at,
  };
  failStep(execution, call, { attempt: 1, end, failure: end.failure, row: undefined });
}

async function recordMarker(execution: Execution, call: StepCall): Promise<boolean> {
  const at = execution.dbTime();
  const marker = recordWrite(execution, call, {
    status: "marker",
    seq: execution.settlements.nextSeq(),
    output: null,
    failure: null,
    attempts: 1,
    startedAt: at,
    endedAt: at,
  });
  const ride = execution.riders.takeFor(call.operation.calledAt);
  const stored = await execution.record([marker, ...ride.writes], ride.guards);
  if (stored) execution.markers.add(operationText(call.operation.id));
  return stored;
}

type RecordFacts = Pick<
  StepRow,
  "status" | "seq" | "output" | "failure" | "attempts" | "startedAt" | "endedAt"
>;

/** Inserts a record, or replaces the marker that stands for it. */
function recordWrite(
  execution: Execution,
  { operation, options }: StepCall,
  facts: RecordFacts,
): Write {
  const { key, occurrence } = operation.id;
  if (execution.markers.has(operationText(operation.id))) {
    return { op: "update", table: "steps", key: { ...execution.key, key, occurrence }, set: facts };
  }
  const kind = options.mode === "atMostOnce" ? "atMostOnce" : "step";
  return {
    op: "insert",
    table: "steps",
    row: {
      ...execution.key,
      key,
      occurrence,
      kind,
      fence: execution.fence,
      commitId: "",
      ...facts,
    },
  };
}

function attemptRow(
  execution: Execution,
  { operation: { id } }: StepCall,
  { attempt, end }: Tried<Extract<AttemptEnd, { type: "threw" }>>,
): Extract<Write, { op: "insert"; table: "attempts" }> {
  return {
    op: "insert",
    table: "attempts",
    row: {
      ...execution.key,
      step: id.key,
      occurrence: id.occurrence,
      stageAttempt: execution.claimed.stage.attempt,
      attempt,
      fence: execution.fence,
      outcome: EngineError.is(end.error, "E_STEP_TIMEOUT") ? "timedOut" : "failed",
      failure: end.failure,
      progress: end.progress ?? null,
      session: execution.session.ref.id,
      counted: true,
      startedAt: end.startedAt,
      endedAt: end.endedAt,
      commitId: "",
    },
  };
}
