import type { StartEngine } from "../engine/bound-engine.ts";
import type { RunCreated } from "../engine/command.ts";
import { EngineError } from "../errors/engine-error.ts";
import { PersistenceUnavailableError } from "../errors/persistence-errors.ts";
import type { Refusal } from "../state/plan.ts";

interface StartKey {
  readonly scope: string;
  readonly key: string;
  readonly inputHash: string;
}

/**
 * What became of a start that was not written: mostly the run of an earlier one with its key.
 *
 * @throws EngineError E_IDEMPOTENCY_CONFLICT, E_DATABASE_LOCKED, E_CONFLICT
 */
export async function refusedStart(
  engine: StartEngine,
  why: Refusal,
  startKey: StartKey | undefined,
): Promise<RunCreated> {
  if (startKey && why === "exists") return existingRun(engine, startKey);
  if (startKey && why === "busy") throw keyHeld(startKey);
  throw new EngineError("E_CONFLICT", `The run could not be created: ${why}. Try again.`);
}

/** The run that an earlier start with this key made; other input is a conflict. */
async function existingRun(
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

/** Another start of this key is not decided after all that was tried. */
const keyHeld = ({ scope, key }: StartKey): EngineError =>
  new PersistenceUnavailableError(
    `A transaction that has not ended holds idempotency key "${key}" of workflow ` +
      `"${scope}". Try again, and look for a transaction left open.`,
    { code: "E_DATABASE_LOCKED", details: { workflowId: scope, key } },
  );
