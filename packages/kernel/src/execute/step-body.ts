import { packValue } from "../engine/pack.ts";
import { unpackValue } from "../engine/unpack.ts";
import { StepTimeoutError } from "../errors/execution-errors.ts";
import type { AbortHandle } from "../ports/runtime.ts";
import { type Failure, toFailure } from "../state/failure.ts";
import { operationText, stageKeyText } from "../state/ids.ts";
import type { PackedPayload } from "../state/payload.ts";
import type { EpochMs } from "../state/time.ts";
import type { Execution } from "./execution.ts";
import type { StepCall } from "./step-call.ts";
import { isPermanent } from "./stored-error.ts";

interface Span {
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
}

export type AttemptEnd = Span &
  (
    | { readonly type: "returned"; readonly value: unknown }
    | {
        readonly type: "threw";
        readonly error: unknown;
        readonly failure: Failure;
        readonly progress?: PackedPayload;
      }
  );

interface Attempt {
  readonly attempt: number;
  readonly progress: PackedPayload | null;
}

/** One try of a step's body within its time limits. */
export async function attemptBody(
  execution: Execution,
  call: StepCall,
  { attempt, progress }: Attempt,
): Promise<AttemptEnd> {
  const { engine, key } = execution;
  const text = operationText(call.operation.id);
  const place = { runId: key.runId, field: `progress/${text}` };
  const before = progress === null ? undefined : await unpackValue(engine, progress, place);
  const abort = engine.runtime.newAbort();
  execution.stepAborts.add(abort);
  const startedAt = execution.dbTime();
  const work = runBody(execution, () =>
    call.body({
      attempt,
      idempotencyKey: `${stageKeyText(key)}/${text}`,
      fence: execution.fence,
      abortSignal: abort.signal,
      progress: before,
    }),
  );
  const end = await whileOpen(execution, { work, abort, limitMs: call.timeoutMs, text });
  execution.stepAborts.delete(abort);
  const span = { startedAt, endedAt: execution.dbTime() };
  if ("value" in end) return { ...span, type: "returned", value: end.value };
  const failure = failureOf(end.error);
  const left = (end.error as { progress?: unknown } | undefined)?.progress;
  const packed =
    left === undefined ? undefined : await packValue(engine, left, place).catch(() => undefined);
  return {
    ...span,
    type: "threw",
    error: end.error,
    failure,
    ...(packed && packed.writes.length === 0 ? { progress: packed.packed } : {}),
  };
}

const failureOf = (error: unknown): Failure => {
  const failure = toFailure(error);
  return isPermanent(error) ? { ...failure, permanent: true } : failure;
};

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Calls user code so that a durable call within it is recognised. */
function runBody(execution: Execution, body: () => unknown): Promise<Outcome> {
  const call = async (): Promise<Outcome> => ({ value: await execution.insideBody(body) });
  return call().catch((error: unknown) => ({ error }));
}

interface Limited {
  readonly work: Promise<Outcome>;
  readonly abort: AbortHandle;
  readonly limitMs: number | undefined;
  readonly text: string;
}

/** The body's end, or that of the execution around it. */
async function whileOpen(execution: Execution, limited: Limited): Promise<Outcome> {
  let callOff = (): void => {};
  const over = new Promise<Outcome>((resolve) => {
    callOff = execution.onClosed(() => resolve({ error: execution.abort.signal.reason }));
  });
  const end = Promise.race([limited.work, over]);
  const outcome = await withinTime(execution, { ...limited, work: end });
  callOff();
  return outcome;
}

/** Soft: the signal fires at the limit. Hard: a grace later the attempt has ended anyway. */
async function withinTime(execution: Execution, limited: Limited): Promise<Outcome> {
  const { work, abort, limitMs, text } = limited;
  const { runtime, limits } = execution.engine;
  if (limitMs === undefined) return work;
  const timeout = new StepTimeoutError(`Step "${text}" did not end within ${limitMs} ms.`, {
    details: { step: text, limitMs },
  });
  let ended: Outcome | undefined;
  const done = {
    cancelled: work.then((outcome) => {
      ended = outcome;
    }),
  };
  await runtime.after(limitMs, done);
  if (ended) return ended;
  abort.abort(timeout);
  await runtime.after(limits.timeoutGraceMs, done);
  return ended && "value" in ended ? ended : { error: timeout };
}
