import { readyStages, type StatusOf } from "../decide/readiness.ts";
import type { Graph } from "../define/graph.ts";
import type { Engine } from "../engine/engine.ts";
import { unpackValue } from "../engine/unpack.ts";
import { EngineError } from "../errors/engine-error.ts";
import { toFailure } from "../state/failure.ts";
import type { PackedPayload } from "../state/payload.ts";

export interface Conditions {
  readonly runId: string;
  readonly graph: Graph;
  readonly statusOf: StatusOf;
  /** The stage that ends, if one does. */
  readonly ended?: string;
  /** Outputs that this commit writes and that can't be read yet. */
  readonly fresh: ReadonlyMap<string, PackedPayload>;
}

/** Asks the conditions of all stages that would become ready; answers those that say no. */
export async function refusedStages(
  engine: Engine,
  conditions: Conditions,
): Promise<ReadonlySet<string>> {
  const { graph } = conditions;
  const refused = new Set<string>();
  const asked = new Set<string>();
  for (;;) {
    const { ready } = readyStages({ ...conditions, refused });
    const open = ready.filter((id) => graph.nodes.get(id)?.when && !asked.has(id));
    if (open.length === 0) return refused;
    for (const id of open) {
      asked.add(id);
      if (!(await holds(engine, conditions, id))) refused.add(id);
    }
  }
}

async function holds(engine: Engine, conditions: Conditions, id: string): Promise<boolean> {
  const node = conditions.graph.nodes.get(id);
  if (!node?.when) return true;
  const outputs = await outputsOf(engine, conditions, node.after);
  try {
    return node.when(outputs) === true;
  } catch (cause) {
    throw new EngineError(
      "E_ARGUMENT_INVALID",
      `The condition of stage "${id}" threw: ${toFailure(cause).message}. ` +
        "Conditions must be pure and total.",
      { cause, details: { stageId: id } },
    );
  }
}

/** Decoded outputs by stage id of those that completed. */
export async function outputsOf(
  engine: Engine,
  { runId, statusOf, fresh }: Omit<Conditions, "graph">,
  stageIds: readonly string[],
): Promise<Record<string, unknown>> {
  const outputs: Record<string, unknown> = Object.create(null);
  for (const stageId of stageIds) {
    if (statusOf(stageId) !== "completed") continue;
    const packed = fresh.get(stageId) ?? (await storedOutput(engine, runId, stageId));
    if (packed === undefined) continue;
    outputs[stageId] = await unpackValue(engine, packed, { runId, field: `output/${stageId}` });
  }
  return outputs;
}

async function storedOutput(
  engine: Engine,
  runId: string,
  stageId: string,
): Promise<PackedPayload | undefined> {
  const [row] = await engine.persistence.query.find({
    table: "stages",
    where: { runId, stageId, superseded: false, mapIndex: 0 },
    limit: 1,
    payloads: true,
  });
  return row?.output ?? undefined;
}
