import { EngineError } from "../errors/engine-error.ts";
import { checkOptions, type OptionKinds, shown } from "./check-options.ts";
import type { Join, Outputs, StageNode } from "./graph.ts";
import type { Schema, SchemaInput, SchemaOutput } from "./schema.ts";
import {
  type AnyStage,
  checkStage,
  type FailurePolicy,
  type OutputsOf,
  STAGE_OPTIONS,
  type StageDefinition,
} from "./stage.ts";
import {
  buildWorkflow,
  WORKFLOW_OPTIONS,
  type Workflow,
  type WorkflowOptions,
} from "./workflow.ts";

export interface BuilderOptions<In extends Schema, Out extends Schema> extends WorkflowOptions {
  readonly input?: In;
  /** Checked against what the last stage yields. */
  readonly output?: Out;
}

export interface NodeOptions<Known extends object, After extends keyof Known & string> {
  /** Ids of earlier stages; none makes it a root that gets the run's input. */
  readonly after?: readonly After[];
  readonly join?: Join;
  /** False skips the stage, and what depends on it alone. Must be pure. */
  readonly when?: (outputs: Partial<Known>) => boolean;
  readonly onFailure?: FailurePolicy;
}

const BUILDER_OPTIONS: OptionKinds<BuilderOptions<Schema, Schema>> = {
  ...WORKFLOW_OPTIONS,
  input: "schema?",
  output: "schema?",
};

const NODE_OPTIONS: OptionKinds<NodeOptions<object, never>> = {
  after: "list?",
  join: "any?",
  when: "function?",
  onFailure: STAGE_OPTIONS.onFailure,
};

/** What a stage after these ids receives: the output itself, or outputs by stage id. */
export type InputAfter<Known extends object, After extends string, RunIn> = [After] extends [never]
  ? RunIn
  : IsUnion<After> extends true
    ? { [K in After & keyof Known]: Known[K] }
    : Known[After & keyof Known];

type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;

/** Appears in the compiler's message when a stage can't take what comes before it. */
export interface InputDoesNotFit<Wants, Gets> {
  readonly "input does not fit": { readonly wants: Wants; readonly gets: Gets };
}

type Accepts<In, Given> = [Given] extends [In] ? unknown : InputDoesNotFit<In, Given>;

type AcceptAll<Stages extends readonly AnyStage[], Given> = {
  readonly [I in keyof Stages]: Stages[I] extends StageDefinition<
    infer _Id,
    infer In,
    infer _Out,
    infer _Uses
  >
    ? Accepts<In, Given>
    : unknown;
};

/**
 * Builds a typed graph of stages. `Current` is what the next `.pipe` receives, `Known` the
 * outputs by stage id. Every method answers a new builder.
 */
export class WorkflowBuilder<
  In extends Schema = Schema,
  Out extends Schema = Schema,
  Current = SchemaOutput<In>,
  Known extends object = object,
> {
  readonly #id: string;
  readonly #options: BuilderOptions<In, Out>;
  #nodes: readonly StageNode[] = [];
  #tail: readonly string[] = [];
  #tailIsParallel = false;

  constructor(id: string, options: BuilderOptions<In, Out> = {}) {
    checkOptions(`WorkflowBuilder ${shown(id)}`, options, BUILDER_OPTIONS);
    this.#id = id;
    this.#options = options;
  }

  /** Next stage: its input is the output before it, or outputs by id after `.parallel`. */
  pipe<Id extends string, StageIn, StageOut, Uses extends object>(
    stage: StageDefinition<Id, StageIn, StageOut, Uses> & Accepts<StageIn, Current>,
  ): WorkflowBuilder<In, Out, StageOut, Known & { [K in Id]: StageOut }> {
    return this.#extended([nodeOf(stage, this.#tail, this.#tailIsParallel)], [stage.id]);
  }

  /** Stages side by side with the same input; the next gets `{ [stage id]: output }`. */
  parallel<const Stages extends readonly AnyStage[]>(
    stages: Stages & AcceptAll<Stages, Current>,
  ): WorkflowBuilder<In, Out, OutputsOf<Stages>, Known & OutputsOf<Stages>> {
    if (!Array.isArray(stages)) {
      const says = `.parallel takes a list of stages; ${shown(stages)} was given.`;
      throw new EngineError("E_ARGUMENT_INVALID", says);
    }
    const added = (stages as readonly AnyStage[]).map((stage) =>
      nodeOf(stage, this.#tail, this.#tailIsParallel),
    );
    if (added.length === 0) {
      throw new EngineError(
        "E_STAGES_EMPTY",
        `Workflow "${this.#id}" has .parallel([]) without a stage; name at least one.`,
      );
    }
    const ids = added.map((node) => node.id);
    const next = this.#extended<OutputsOf<Stages>, Known & OutputsOf<Stages>>(added, ids);
    next.#tailIsParallel = true;
    return next;
  }

  /** A stage anywhere in the graph, after any earlier stages. */
  stage<
    Id extends string,
    StageIn,
    StageOut,
    Uses extends object,
    const After extends keyof Known & string = never,
  >(
    stage: StageDefinition<Id, StageIn, StageOut, Uses> &
      Accepts<StageIn, InputAfter<Known, After, SchemaOutput<In>>>,
    options: NodeOptions<Known, After> = {},
  ): WorkflowBuilder<In, Out, StageOut, Known & { [K in Id]: StageOut }> {
    checkStage(stage, "A workflow");
    checkOptions(`.stage("${stage.id}")`, options, NODE_OPTIONS);
    const base = nodeOf(stage, options.after ?? []);
    const placed: StageNode = {
      ...base,
      join: options.join ?? base.join,
      when: options.when as ((outputs: Outputs) => boolean) | undefined,
      onFailure: options.onFailure ?? base.onFailure,
    };
    return this.#extended([placed], [stage.id]);
  }

  /**
   * @throws EngineError E_STAGES_EMPTY, E_STAGE_DUPLICATE, E_STAGE_UNKNOWN, E_STAGE_CYCLE
   */
  build(): Workflow<
    SchemaInput<In>,
    unknown extends SchemaOutput<Out> ? Current : SchemaOutput<Out>
  > {
    const { input, output, ...rest } = this.#options;
    return buildWorkflow({
      ...rest,
      id: this.#id,
      nodes: this.#nodes,
      inputSchema: input,
      outputSchema: output,
    });
  }

  #extended<C, K extends object>(
    added: readonly StageNode[],
    tail: readonly string[],
  ): WorkflowBuilder<In, Out, C, K> {
    const next = new WorkflowBuilder<In, Out, C, K>(this.#id, this.#options);
    next.#nodes = [...this.#nodes, ...added];
    next.#tail = tail;
    return next;
  }
}

function nodeOf(stage: AnyStage, after: readonly string[], gathers?: boolean): StageNode {
  checkStage(stage, "A workflow");
  return {
    id: stage.id,
    stage,
    after,
    gathers: gathers ?? after.length > 1,
    join: "all",
    when: undefined,
    onFailure: stage.onFailure ?? "failRun",
  };
}
