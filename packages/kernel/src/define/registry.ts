import { EngineError } from "../errors/engine-error.ts";
import { shown } from "./check-options.ts";
import type { AnyWorkflow } from "./workflow.ts";

/** The workflows whose code this process has. */
export interface WorkflowRegistry {
  /** By id and version; the version registered last when none is given. */
  getWorkflow(id: string, version?: string): AnyWorkflow | undefined;
  /** By compatibility key. */
  byDefinition(definition: string): AnyWorkflow | undefined;
  readonly workflows: readonly AnyWorkflow[];
}

/**
 * @throws EngineError E_ARGUMENT_INVALID for what is no workflow
 */
export function checkWorkflow(workflow: unknown, where: string): void {
  const { graph, definition } = (workflow ?? {}) as Partial<AnyWorkflow>;
  if (graph && definition) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `${where} is ${shown(workflow)}, which is ${typeof workflow === "string" ? "text and " : ""}` +
      "no workflow. Give the object that defineWorkflow or WorkflowBuilder's .build() answers.",
  );
}

/**
 * @throws EngineError E_ARGUMENT_INVALID for what is no workflow, E_WORKFLOW_DUPLICATE when id
 * and version occur twice
 */
export function createRegistry(workflows: readonly AnyWorkflow[]): WorkflowRegistry {
  if (!Array.isArray(workflows)) {
    const says = `createRegistry takes a list of workflows; ${shown(workflows)} was given.`;
    throw new EngineError("E_ARGUMENT_INVALID", says);
  }
  const byId = new Map<string, Map<string, AnyWorkflow>>();
  const byDefinition = new Map<string, AnyWorkflow>();
  for (const [at, workflow] of workflows.entries()) {
    checkWorkflow(workflow, `workflows[${at}]`);
    const versions = byId.get(workflow.id) ?? new Map<string, AnyWorkflow>();
    if (versions.has(workflow.version)) {
      throw new EngineError(
        "E_WORKFLOW_DUPLICATE",
        `Workflow "${workflow.id}" version "${workflow.version}" is registered twice. Give each ` +
          "id and version once; another structure needs another version.",
        { details: { workflowId: workflow.id, version: workflow.version } },
      );
    }
    byId.set(workflow.id, versions.set(workflow.version, workflow));
    byDefinition.set(workflow.definition, workflow);
  }
  return {
    workflows,
    byDefinition: (definition) => byDefinition.get(definition),
    getWorkflow(id, version) {
      const versions = byId.get(id);
      return version === undefined
        ? [...(versions?.values() ?? [])].at(-1)
        : versions?.get(version);
    },
  };
}
