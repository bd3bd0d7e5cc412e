import { readyStages, type StatusOf, standing } from "../decide/readiness.ts";
import { validate } from "../define/schema.ts";
import type { AnyWorkflow } from "../define/workflow.ts";
import type { Engine } from "../engine/engine.ts";
import { type Packed, packValue } from "../engine/pack.ts";
import { type Conditions, outputsOf } from "./conditions.ts";

/** Conditions and their answers. */
export interface Answered extends Conditions {
  readonly refused: ReadonlySet<string>;
}

/**
 * Output of a run whose sinks are all resolved once the commit at hand has skipped what it will:
 * that of its one sink, or those of several by stage id. Undefined while a sink is open, or when
 * none completed.
 */
export async function runOutput(
  engine: Engine,
  workflow: AnyWorkflow,
  facts: Answered,
): Promise<Packed | undefined> {
  const { sinks } = workflow.graph;
  const { skipped } = readyStages(facts);
  const statusOf: StatusOf = (id) => (skipped.includes(id) ? "skipped" : facts.statusOf(id));
  const standings = sinks.map((id) => standing(workflow.graph, id, statusOf));
  if (standings.includes("open") || !standings.includes("ok")) return undefined;
  const outputs = await outputsOf(engine, { ...facts, statusOf }, sinks);
  const value = sinks.length === 1 ? outputs[sinks[0] as string] : outputs;
  const parsed = await validate(workflow.outputSchema, value, {
    code: "E_OUTPUT_INVALID",
    subject: `Output of workflow "${workflow.id}"`,
  });
  return packValue(engine, parsed, { runId: facts.runId, field: "runOutput" });
}
