import { type AnyStage, defineStage, type FailurePolicy, type StageOptions } from "@pawl/kernel";
import { buildGraph, type Graph, type Join, type StageNode } from "../../src/define/graph.ts";
import { type AnyWorkflow, buildWorkflow } from "../../src/define/workflow.ts";

/** A node as a test writes it: `{ after: ["a"], join: "any" }`. */
export interface NodeSketch {
  readonly after?: readonly string[];
  readonly join?: Join;
  readonly gathers?: boolean;
  readonly onFailure?: FailurePolicy;
  readonly when?: StageNode["when"];
  readonly options?: StageOptions;
}

/** Nodes by id, in this order. */
export type GraphSketch = Readonly<Record<string, NodeSketch>>;

export const plainStage = (id: string, options: StageOptions = {}): AnyStage =>
  defineStage({ ...options, id, schemas: {}, execute: async () => ({ output: id }) });

export const nodesOf = (sketch: GraphSketch): readonly StageNode[] =>
  Object.entries(sketch).map(([id, node]) => ({
    id,
    stage: plainStage(id, node.options),
    after: node.after ?? [],
    join: node.join ?? "all",
    gathers: node.gathers ?? (node.after ?? []).length > 1,
    when: node.when,
    onFailure: node.onFailure ?? "failRun",
  }));

export const graphOf = (sketch: GraphSketch): Graph => buildGraph("w", nodesOf(sketch));

export const workflowOf = (sketch: GraphSketch, version = "1"): AnyWorkflow =>
  buildWorkflow({
    id: "w",
    version,
    nodes: nodesOf(sketch),
    inputSchema: undefined,
    outputSchema: undefined,
  });
