import type { AnyWorkflow } from "../define/workflow.ts";
import type { RunCreate } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../errors/engine-error.ts";

/**
 * The definition that a start names.
 *
 * @throws EngineError E_WORKFLOW_UNKNOWN
 */
export function findWorkflow(engine: Pick<Engine, "registry">, command: RunCreate): AnyWorkflow {
  const { workflowId, workflowVersion } = command;
  const workflow = engine.registry.getWorkflow(workflowId, workflowVersion);
  if (workflow) return workflow;
  const known = engine.registry.workflows.map((w) => `"${w.id}" version "${w.version}"`);
  const version = workflowVersion === undefined ? "" : ` version "${workflowVersion}"`;
  throw new EngineError(
    "E_WORKFLOW_UNKNOWN",
    `Workflow ${JSON.stringify(workflowId)}${version} is not registered here. ` +
      `Registered: ${known.join(", ") || "none"}.`,
    { details: { workflowId, workflowVersion } },
  );
}
