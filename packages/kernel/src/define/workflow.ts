import { checkOptions, type OptionKinds } from "./check-options.ts";
import type { StageContext } from "./context.ts";
import type { Duration } from "./duration.ts";
import { definitionKey, optionsHash, structureHash } from "./fingerprint.ts";
import { buildGraph, type Graph, type StageNode } from "./graph.ts";
import type { Schema, SchemaInput, SchemaOutput } from "./schema.ts";
import {
  type AnyStage,
  checkId,
  checkName,
  defineStage,
  optionalMs,
  STAGE_OPTIONS,
  type StageOptions,
  subjectOf,
} from "./stage.ts";

export interface WorkflowOptions {
  /** Live runs execute only on workers with their version. Default "1". */
  readonly version?: string;
  /** Limit of the whole run, suspended or not. */
  readonly runTimeout?: Duration;
  /** The run is cancelled when one of its first stages has not started by then. */
  readonly startTimeout?: Duration;
}

/** Options that workflows of either form share. */
export const WORKFLOW_OPTIONS: OptionKinds<WorkflowOptions> = {
  version: "any?",
  runTimeout: "any?",
  startTimeout: "any?",
};

/** A workflow as the engine executes it. */
export interface AnyWorkflow {
  readonly id: string;
  readonly version: string;
  readonly inputSchema: Schema | undefined;
  readonly outputSchema: Schema | undefined;
  readonly graph: Graph;
  /** Compatibility key `id@version#hash`. */
  readonly definition: string;
  readonly optionsHash: string;
  readonly runTimeoutMs: number | undefined;
  readonly startTimeoutMs: number | undefined;
}

/** A workflow with its types: what `start` accepts and what `result` answers. */
export interface Workflow<In, Out> extends AnyWorkflow {
  /** Types only; never set. */
  readonly "~types"?: { readonly input: In; readonly output: Out };
}

export type WorkflowInput<W extends AnyWorkflow> =
  W extends Workflow<infer In, infer _Out> ? In : never;
export type WorkflowOutput<W extends AnyWorkflow> =
  W extends Workflow<infer _In, infer Out> ? Out : never;

export interface WorkflowSpec extends WorkflowOptions {
  readonly id: string;
  readonly nodes: readonly StageNode[];
  readonly inputSchema: Schema | undefined;
  readonly outputSchema: Schema | undefined;
}

/** Checks and freezes a workflow; building never changes an earlier one. */
export function buildWorkflow<In, Out>(spec: WorkflowSpec): Workflow<In, Out> {
  checkId(spec.id, "workflow");
  const version = spec.version ?? "1";
  checkName(version, `The version of workflow "${spec.id}"`);
  const graph = buildGraph(spec.id, spec.nodes);
  return Object.freeze({
    id: spec.id,
    version,
    inputSchema: spec.inputSchema,
    outputSchema: spec.outputSchema,
    graph,
    definition: definitionKey(spec.id, version, structureHash(graph)),
    optionsHash: optionsHash(graph),
    runTimeoutMs: optionalMs(spec.runTimeout, `Workflow "${spec.id}" runTimeout`),
    startTimeoutMs: optionalMs(spec.startTimeout, `Workflow "${spec.id}" startTimeout`),
  });
}

export interface FunctionWorkflowSpec<In extends Schema, Out extends Schema>
  extends WorkflowOptions,
    Omit<StageOptions, "startTimeout"> {
  readonly id: string;
  readonly input?: In;
  readonly output?: Out;
  run(
    ctx: StageContext<SchemaOutput<In>, unknown>,
    input: SchemaOutput<In>,
  ): Promise<SchemaInput<Out>>;
}

/** Id of the only stage of a function workflow. */
const FUNCTION_STAGE = "main";

const SPEC_OPTIONS: OptionKinds<FunctionWorkflowSpec<Schema, Schema>> = {
  ...STAGE_OPTIONS,
  ...WORKFLOW_OPTIONS,
  id: "any?",
  input: "schema?",
  output: "schema?",
  run: "function",
};

/**
 * A workflow written as one function with durable steps: a workflow of one stage.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function defineWorkflow<In extends Schema = Schema, Out extends Schema = Schema>(
  spec: FunctionWorkflowSpec<In, Out>,
): Workflow<SchemaInput<In>, SchemaOutput<Out>> {
  checkOptions(subjectOf("defineWorkflow", "Workflow", spec), spec, SPEC_OPTIONS);
  const { id, run, input, output, version, runTimeout, startTimeout, ...stageOptions } = spec;
  const stage: AnyStage = defineStage({
    ...stageOptions,
    id: FUNCTION_STAGE,
    schemas: output === undefined ? {} : { output },
    execute: async (ctx) => ({ output: await run(ctx as never, ctx.input as never) }) as never,
  });
  const { onFailure = "failRun" } = stageOptions;
  return buildWorkflow({
    id,
    nodes: [
      {
        id: FUNCTION_STAGE,
        stage,
        after: [],
        join: "all",
        gathers: false,
        when: undefined,
        onFailure,
      },
    ],
    inputSchema: input,
    outputSchema: undefined,
    ...(version === undefined ? {} : { version }),
    ...(runTimeout === undefined ? {} : { runTimeout }),
    ...(startTimeout === undefined ? {} : { startTimeout }),
  });
}
