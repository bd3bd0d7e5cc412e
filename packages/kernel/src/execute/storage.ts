import type { StageStorage } from "../define/context.ts";
import { checkId } from "../define/stage.ts";
import { packValue } from "../engine/pack.ts";
import { unpackValue } from "../engine/unpack.ts";
import { payloadForm } from "../state/payload.ts";
import type { Write } from "../state/plan.ts";
import type { AnnotationRow } from "../state/records.ts";
import { fromDbNow } from "../state/time.ts";
import { bearOutage } from "./bear-outage.ts";
import type { Execution } from "./execution.ts";

/** Artifacts by name, scoped to run and stage; large ones go to the blob store. */
export function stageStorage(execution: Execution): StageStorage {
  const { engine, key } = execution;
  const field = (name: string) => `artifact/${key.stageId}/${name}`;
  const find = (name: string): Promise<AnnotationRow | undefined> =>
    engine.persistence.query.get("annotations", keyOf(execution, name));
  return {
    put: (name, value) =>
      counted(execution, () => inTurn(execution, () => put(execution, name, value))),
    has: (name) => counted(execution, async () => (await find(name)) !== undefined),
    get: (name) =>
      counted(execution, async () => {
        const row = await find(name);
        const place = { runId: key.runId, field: field(name) };
        return row ? unpackValue(engine, row.value, place) : undefined;
      }),
  };
}

const keyOf = ({ key }: Execution, name: string) => ({
  runId: key.runId,
  kind: "artifact" as const,
  stageId: key.stageId,
  name,
});

/** Keeps the execution from being released while the work is under way. */
async function counted<T>(execution: Execution, work: () => Promise<T>): Promise<T> {
  execution.inFlight += 1;
  execution.artifacts += 1;
  try {
    return await insisted(execution, work);
  } finally {
    execution.inFlight -= 1;
    execution.artifacts -= 1;
    execution.pulse.beat();
  }
}

/** A store out of reach is no news to the body: it is asked again while the body may go on. */
async function insisted<T>(execution: Execution, work: () => Promise<T>): Promise<T> {
  const { runtime, limits } = execution.engine;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      bearOutage(execution.engine, execution.key, error);
    }
    await runtime.after(limits.outOfReachRetryMs, { cancelled: execution.whenClosed() });
    if (execution.closed) return new Promise(() => {});
  }
}

/** One put after the other, so that two of one name don't both find it new. */
function inTurn(execution: Execution, work: () => Promise<void>): Promise<void> {
  const turn = execution.puts.then(work);
  execution.puts = turn.catch(() => {});
  return turn;
}

/** While records are replayed, what is there was put by the execution that made them. */
async function put(execution: Execution, name: string, value: unknown): Promise<void> {
  checkId(name, "artifact");
  const { engine, claimed } = execution;
  const key = keyOf(execution, name);
  const field = `artifact/${key.stageId}/${name}`;
  const before = await engine.persistence.query.get("annotations", key);
  if (before && !execution.fresh) return;
  const { packed, writes, guards } = await packValue(engine, value, { runId: key.runId, field });
  if (before?.value === packed) return;
  const facts = {
    value: packed,
    actor: execution.session.ref.id,
    attempt: claimed.stage.attempt,
    at: fromDbNow(),
  };
  await execution.record(
    [
      before
        ? { op: "update", table: "annotations", key, set: facts }
        : { op: "insert", table: "annotations", row: { ...key, ...facts } },
      ...(before ? releaseBlob(before, field) : []),
      ...writes,
    ],
    guards,
  );
}

/** The blob of a value that is replaced is referred to no longer. */
function releaseBlob({ runId, value }: AnnotationRow, owner: string): Write[] {
  const form = payloadForm(value);
  if (form?.form !== "blob") return [];
  return [{ op: "delete", table: "blobRefs", key: { runId, hash: form.blob.hash, owner } }];
}
