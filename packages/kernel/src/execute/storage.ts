import type { StageStorage } from "../define/context.ts";
import { checkId } from "../define/stage.ts";
import { packValue } from "../engine/pack.ts";
import { unpackValue } from "../engine/unpack.ts";
import type { AnnotationRow } from "../state/records.ts";
import { fromDbNow } from "../state/time.ts";
import type { Execution } from "./execution.ts";

/** Artifacts by name, scoped to run and stage; large ones go to the blob store. */
export function stageStorage(execution: Execution): StageStorage {
  const { engine, key } = execution;
  const field = (name: string) => `artifact/${key.stageId}/${name}`;
  const find = (name: string): Promise<AnnotationRow | undefined> =>
    engine.persistence.query.get("annotations", keyOf(execution, name));
  return {
    put: (name, value) => counted(execution, () => put(execution, name, value)),
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
  try {
    return await work();
  } finally {
    execution.inFlight -= 1;
    execution.pulse.beat();
  }
}

async function put(execution: Execution, name: string, value: unknown): Promise<void> {
  checkId(name, "artifact");
  const { engine, claimed } = execution;
  const key = keyOf(execution, name);
  const field = `artifact/${key.stageId}/${name}`;
  const { packed, writes, guards } = await packValue(engine, value, { runId: key.runId, field });
  const facts = {
    value: packed,
    actor: execution.session.ref.id,
    attempt: claimed.stage.attempt,
    at: fromDbNow(),
  };
  const before = await engine.persistence.query.get("annotations", key);
  if (before?.value === packed) return;
  await execution.record(
    [
      before
        ? { op: "update", table: "annotations", key, set: facts }
        : { op: "insert", table: "annotations", row: { ...key, ...facts } },
      ...writes,
    ],
    guards,
  );
}
