import { draft } from "../decide/draft.ts";
import type { AnyWorkflow } from "../define/workflow.ts";
import type { StartEngine } from "../engine/bound-engine.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../errors/engine-error.ts";
import { fromDbNow } from "../state/time.ts";

/** Stores the structure of each workflow once per process, for readers without code. */
export function storeDefinitions(engine: StartEngine): Promise<void> {
  engine.definitionsStored ??= store(engine).catch((error: unknown) => {
    engine.definitionsStored = undefined;
    throw error;
  });
  return engine.definitionsStored;
}

async function store(engine: StartEngine): Promise<void> {
  for (const workflow of engine.registry.workflows) {
    const key = { namespace: engine.namespace, key: workflow.definition };
    if (await engine.persistence.query.get("definitions", key)) continue;
    const row = {
      ...key,
      workflowId: workflow.id,
      workflowVersion: workflow.version,
      graph: graphOf(workflow),
      registeredAt: fromDbNow(),
    };
    await engine.commits.commit(
      draft({
        commitId: engine.ids.newId(),
        guards: [{ kind: "absent", row: { table: "definitions", key } }],
        writes: [{ op: "insert", table: "definitions", row }],
      }),
    );
  }
}

/** Refuses a version whose live runs have another structure: they could never go on. */
export async function checkStructures(engine: Engine): Promise<void> {
  for (const workflow of engine.registry.workflows) {
    const others = await engine.persistence.query.find({
      table: "definitions",
      where: {
        namespace: engine.namespace,
        workflowId: workflow.id,
        workflowVersion: workflow.version,
      },
      limit: 100,
    });
    for (const { key } of others) {
      if (key !== workflow.definition) await refuseIfLive(engine, workflow, key);
    }
  }
}

async function refuseIfLive(engine: Engine, workflow: AnyWorkflow, key: string): Promise<void> {
  const live = { in: ["pending", "running", "paused", "closing"] };
  const where = { namespace: engine.namespace, definition: key, status: live };
  if ((await engine.persistence.query.count("runs", where, 1)) === 0) return;
  throw new EngineError(
    "E_WORKFLOW_DRIFT",
    `Workflow "${workflow.id}" version "${workflow.version}" has live runs with other stages or ` +
      "edges than this code. Give the changed workflow a new version and register both.",
    { details: { workflowId: workflow.id, stored: key, registered: workflow.definition } },
  );
}

const graphOf = ({ graph }: AnyWorkflow): Record<string, unknown> => ({
  stages: [...graph.nodes.values()].map(({ id, after, join, when }) => ({
    id,
    after,
    join,
    conditional: when !== undefined,
  })),
});
