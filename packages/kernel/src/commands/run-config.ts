import { validate } from "../define/schema.ts";
import type { AnyWorkflow } from "../define/workflow.ts";
import { EngineError } from "../errors/engine-error.ts";

/**
 * Config by stage id with the schemas' defaults applied; null when no stage has a config schema.
 *
 * @throws EngineError E_CONFIG_INVALID, naming stage and field
 */
export async function runConfig(
  workflow: AnyWorkflow,
  given: Readonly<Record<string, unknown>> | undefined,
): Promise<Record<string, unknown> | null> {
  const config: Record<string, unknown> = Object.create(null);
  for (const stageId of Object.keys(given ?? {})) {
    if (workflow.graph.nodes.get(stageId)?.stage.configSchema) continue;
    const known = [...workflow.graph.nodes.values()].filter((n) => n.stage.configSchema);
    const names = known.map((node) => `"${node.id}"`).join(", ") || "none";
    throw new EngineError(
      "E_CONFIG_INVALID",
      `Config names ${JSON.stringify(stageId)}, which is no stage of workflow "${workflow.id}" ` +
        `that takes config. Stages that do: ${names}.`,
      { details: { workflowId: workflow.id, stageId } },
    );
  }
  for (const { id, stage } of workflow.graph.nodes.values()) {
    if (!stage.configSchema) continue;
    const own = given && Object.hasOwn(given, id) ? given[id] : undefined;
    config[id] = await validate(stage.configSchema, own ?? {}, {
      code: "E_CONFIG_INVALID",
      subject: `Config of stage "${id}"`,
    });
  }
  return Object.keys(config).length > 0 ? config : null;
}
