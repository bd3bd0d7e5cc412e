import { digestText } from "../define/fingerprint.ts";
import { validate } from "../define/schema.ts";
import type { StartEngine } from "../engine/bound-engine.ts";
import type { RunCreate, RunCreated } from "../engine/command.ts";
import { packValue } from "../engine/pack.ts";
import { canonicalText } from "../state/canonical.ts";
import { commitCreation } from "./commit-creation.ts";
import { findWorkflow } from "./find-workflow.ts";
import { refusedStart } from "./refused-start.ts";
import { storeDefinitions } from "./register-definitions.ts";
import { runConfig } from "./run-config.ts";
import { checkStartOptions } from "./start-options.ts";

/** Validates and starts a run: one commit writes run, first stages, event and key. */
export async function createRun(engine: StartEngine, command: RunCreate): Promise<RunCreated> {
  const workflow = findWorkflow(engine, command);
  checkStartOptions(command);
  const parsed = await validate(workflow.inputSchema, command.input, {
    code: "E_INPUT_INVALID",
    subject: `Input of workflow "${workflow.id}"`,
  });
  const config = await runConfig(workflow, command.config);
  const runId = engine.ids.newId();
  const key = command.idempotencyKey;
  const inputHash = key === undefined ? "" : digestText(canonicalText(command.input));
  const input = await packValue(engine, parsed, { runId, field: "input" });
  const packedConfig = config ? await packValue(engine, config, { runId, field: "config" }) : null;
  const result = await commitCreation(engine, {
    runId,
    namespace: engine.namespace,
    workflow,
    input: input.packed,
    config: packedConfig?.packed ?? null,
    blobWrites: [...input.writes, ...(packedConfig?.writes ?? [])],
    blobGuards: [...input.guards, ...(packedConfig?.guards ?? [])],
    seed: engine.ids.newId(),
    queue: command.queue ?? "default",
    priority: command.priority ?? 0,
    labels: command.labels ?? {},
    actor: command.actor ?? null,
    startAt: command.startAt ?? null,
    idempotency: key === undefined ? null : { key, inputHash },
    ageingMs: engine.limits.priorityAgeingMs,
    delivers: engine.eventSink !== undefined,
  });
  if (result.ok) {
    await storeDefinitions(engine).catch((error: unknown) => {
      engine.logger.log("warn", "the structure of workflows could not be stored", { error });
    });
    const { startAt } = command;
    if (startAt !== undefined) engine.pokes.send({ type: "startDue", at: startAt });
    const status = startAt === undefined ? "running" : "pending";
    return { workflowRunId: runId, status, replayed: false };
  }
  const startKey = key === undefined ? undefined : { scope: workflow.id, key, inputHash };
  return refusedStart(engine, result.why, startKey);
}
