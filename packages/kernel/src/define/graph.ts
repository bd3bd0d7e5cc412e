import { EngineError } from "../errors/engine-error.ts";
import { shown } from "./check-options.ts";
import type { AnyStage, FailurePolicy } from "./stage.ts";

/** When a stage with several dependencies may start: counted over those that completed. */
export type Join = "all" | "any" | { readonly atLeast: number };

/** Outputs by stage id, for conditions. */
export type Outputs = Readonly<Record<string, unknown>>;

/** A stage at its place in a workflow. */
export interface StageNode {
  readonly id: string;
  readonly stage: AnyStage;
  /** Direct dependencies in definition order; empty for a root. */
  readonly after: readonly string[];
  readonly join: Join;
  /** The input is outputs by stage id, not the output of the one stage before. */
  readonly gathers: boolean;
  readonly when: ((outputs: Outputs) => boolean) | undefined;
  readonly onFailure: FailurePolicy;
}

/** A checked graph: unique ids, known references, no cycle. Nodes are in definition order. */
export interface Graph {
  readonly nodes: ReadonlyMap<string, StageNode>;
  readonly successors: ReadonlyMap<string, readonly string[]>;
  readonly roots: readonly string[];
  readonly sinks: readonly string[];
}

/**
 * @throws EngineError E_STAGES_EMPTY, E_STAGE_DUPLICATE, E_STAGE_UNKNOWN, E_STAGE_CYCLE,
 * E_ARGUMENT_INVALID
 */
export function buildGraph(workflowId: string, nodes: readonly StageNode[]): Graph {
  const byId = new Map<string, StageNode>();
  if (nodes.length === 0) {
    throw fault("E_STAGES_EMPTY", workflowId, "has no stage; add one with .pipe or .stage");
  }
  for (const node of nodes) {
    if (byId.has(node.id)) {
      const what = `has two stages with the id "${node.id}"; ids are unique within a workflow`;
      throw fault("E_STAGE_DUPLICATE", workflowId, what);
    }
    byId.set(node.id, node);
  }
  for (const node of nodes) {
    checkReferences(workflowId, node, byId);
    checkCondition(workflowId, node);
  }
  const successors = new Map<string, string[]>(nodes.map((node) => [node.id, []]));
  for (const node of nodes) for (const up of node.after) successors.get(up)?.push(node.id);
  checkAcyclic(workflowId, byId, successors);
  for (const node of nodes) checkUses(workflowId, node, byId);
  return {
    nodes: byId,
    successors,
    roots: nodes.filter((n) => n.after.length === 0).map((n) => n.id),
    sinks: nodes.filter((n) => successors.get(n.id)?.length === 0).map((n) => n.id),
  };
}

function checkReferences(
  workflowId: string,
  node: StageNode,
  byId: ReadonlyMap<string, StageNode>,
): void {
  for (const up of [...node.after, ...node.stage.uses]) {
    if (up === node.id) {
      throw fault("E_STAGE_CYCLE", workflowId, `has a stage that waits for itself: "${up}"`);
    }
    if (!byId.has(up)) {
      const known = [...byId.keys()].map((id) => `"${id}"`).join(", ");
      const what = `has stage "${node.id}" after "${up}", which it does not have; it has ${known}`;
      throw fault("E_STAGE_UNKNOWN", workflowId, what);
    }
  }
  if (new Set(node.after).size < node.after.length) {
    const what = `has stage "${node.id}" after the same stage twice: ${node.after.join(", ")}`;
    throw fault("E_STAGE_DUPLICATE", workflowId, what);
  }
  checkJoin(workflowId, node);
}

function checkJoin(workflowId: string, { id, join, after }: StageNode): void {
  const isWord = join === "all" || join === "any";
  const need = isWord ? 1 : (join as { readonly atLeast?: number } | null)?.atLeast;
  if (need === undefined) {
    const what = `has stage "${id}" with join ${shown(join)}; give "all", "any" or { atLeast: n }`;
    throw fault("E_ARGUMENT_INVALID", workflowId, what);
  }
  if (!Number.isInteger(need) || need < 1 || need > Math.max(1, after.length)) {
    const what = `has stage "${id}" with atLeast ${need} of ${after.length} dependencies`;
    throw fault("E_ARGUMENT_INVALID", workflowId, what);
  }
}

function checkCondition(workflowId: string, { id, when, after }: StageNode): void {
  if (!when || after.length > 0) return;
  const what =
    `has stage "${id}" with a condition but no stage before it; a condition is asked when a ` +
    'stage before it ends: give "after", or decide inside the stage';
  throw fault("E_ARGUMENT_INVALID", workflowId, what);
}

function checkAcyclic(
  workflowId: string,
  byId: ReadonlyMap<string, StageNode>,
  successors: Graph["successors"],
): void {
  const waiting = new Map([...byId.values()].map((node) => [node.id, node.after.length]));
  const placed = new Set([...byId.keys()].filter((id) => waiting.get(id) === 0));
  for (const id of placed) {
    for (const next of successors.get(id) ?? []) {
      const left = (waiting.get(next) as number) - 1;
      waiting.set(next, left);
      if (left === 0) placed.add(next);
    }
  }
  if (placed.size === byId.size) return;
  const members = cycleMembers(byId, placed).map((id) => `"${id}"`);
  throw fault("E_STAGE_CYCLE", workflowId, `has a cycle: ${members.join(" → ")}`);
}

/** Follows unplaced dependencies until one repeats. */
function cycleMembers(
  byId: ReadonlyMap<string, StageNode>,
  placed: ReadonlySet<string>,
): readonly string[] {
  const path: string[] = [];
  let at = [...byId.keys()].find((id) => !placed.has(id)) as string;
  while (!path.includes(at)) {
    path.push(at);
    at = byId.get(at)?.after.find((up) => !placed.has(up)) as string;
  }
  return [...path.slice(path.indexOf(at)), at].reverse();
}

function checkUses(
  workflowId: string,
  node: StageNode,
  byId: ReadonlyMap<string, StageNode>,
): void {
  if (node.stage.uses.every((used) => node.after.includes(used))) return;
  const above = new Set(node.after);
  for (const id of above) for (const up of byId.get(id)?.after ?? []) above.add(up);
  const stray = node.stage.uses.find((used) => !above.has(used));
  if (stray === undefined) return;
  const what = `has stage "${node.id}" that uses "${stray}", which does not come before it`;
  throw fault("E_STAGE_UNKNOWN", workflowId, what);
}

const fault = (
  code:
    | "E_STAGES_EMPTY"
    | "E_STAGE_DUPLICATE"
    | "E_STAGE_UNKNOWN"
    | "E_STAGE_CYCLE"
    | "E_ARGUMENT_INVALID",
  workflowId: string,
  what: string,
): EngineError =>
  new EngineError(code, `Workflow "${workflowId}" ${what}.`, { details: { workflowId } });
