import type { StartEngine } from "../engine/bound-engine.ts";
import type { RunCreated } from "../engine/command.ts";
import { EngineError } from "../errors/engine-error.ts";
import { PersistenceUnavailableError } from "../errors/persistence-errors.ts";

interface StartKey {
  readonly scope: string;
  readonly key: string;
  readonly inputHash: string;
}

/** The run that an earlier start with this key made; other input is a conflict. */
export async function existingRun(
  engine: StartEngine,
  { scope, key, inputHash }: StartKey,
): Promise<RunCreated> {
  const query = engine.persistence.query;
  const row = await query.get("idempotency", { namespace: engine.namespace, scope, key });
  const run = row?.runId ? await query.get("runs", { id: row.runId }) : undefined;
  if (!row || !run) throw new EngineError("E_CONFLICT", `The start "${key}" is being deleted.`);
  if (row.inputHash === inputHash) {
    return { workflowRunId: run.id, status: run.status, replayed: true };
  }
  throw new EngineError(
    "E_IDEMPOTENCY_CONFLICT",
    `Workflow "${scope}" was started with idempotency key "${key}" and another input, as run ` +
      `${run.id}. Use the same input, or another key.`,
    { details: { workflowId: scope, key, workflowRunId: run.id } },
  );
}

/** A key whose start is not decided after all that was tried. */
export const keyHeld = (workflowId: string, key: string): EngineError =>
  new PersistenceUnavailableError(
    `A transaction that has not ended holds idempotency key "${key}" of workflow ` +
      `"${workflowId}". Try again, and look for a transaction left open.`,
    { code: "E_DATABASE_LOCKED", details: { workflowId, key } },
  );
