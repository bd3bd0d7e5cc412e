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

/**
 * The stage where it accepts what comes before it; else what the compiler's message shows in its
 * place.
 */
export type Fitting<Stage, Wants, Gets, From> = [Gets] extends [Wants]
  ? Stage
  : {
      readonly "stage input does not accept": Gets;
      readonly "which is": From;
      readonly "it accepts": Wants;
    };

/** Where the input of a stage after these ids comes from, for the compiler's message. */
export type InputFrom<After extends string> = [After] extends [never]
  ? "the run's input"
  : { readonly "output of": After };

/** `OutputsOf`, spelt out in messages. */
type Gathered<Stages extends readonly AnyStage[]> = [Stages] extends [readonly AnyStage[]]
  ? { [K in IdsOf<Stages>]: OutputsOf<Stages>[K] }
  : never;

type IdsOf<Stages extends readonly AnyStage[]> = keyof OutputsOf<Stages> & string;

type AllFitting<Stages extends readonly AnyStage[], Gets, From> = {
  readonly [I in keyof Stages]: Stages[I] extends StageDefinition<
    infer _Id,
    infer Wants,
    infer _Out,
    infer _Uses
  >
    ? Fitting<Stages[I], Wants, Gets, From>
    : Stages[I];
};

/**
 * Builds a typed graph of stages. `Current` is what the next `.pipe` receives, `Tail` the ids of
 * the stages that it comes from, `Known` the outputs by stage id. Every method answers a new
 * builder.
 */
export class WorkflowBuilder<
  In extends Schema = Schema,
  Out extends Schema = Schema,
  Current = SchemaOutput<In>,
  Known extends object = object,
  Tail extends string = never,
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
    stage: Fitting<StageDefinition<Id, StageIn, StageOut, Uses>, StageIn, Current, InputFrom<Tail>>,
  ): WorkflowBuilder<In, Out, StageOut, Known & { [K in Id]: StageOut }, Id> {
    const node = nodeOf(stage as AnyStage, this.#tail, this.#tailIsParallel);
    return this.#extended([node], [node.id]);
  }

  /** Stages side by side with the same input; the next gets `{ [stage id]: output }`. */
  parallel<const Stages extends readonly AnyStage[]>(
    stages: readonly [...AllFitting<Stages, Current, InputFrom<Tail>>],
  ): WorkflowBuilder<In, Out, Gathered<Stages>, Known & Gathered<Stages>, IdsOf<Stages>> {
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
    type All = Gathered<Stages>;
    const next = this.#extended<All, Known & All, IdsOf<Stages>>(added, ids);
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
    stage: Fitting<
      StageDefinition<Id, StageIn, StageOut, Uses>,
      StageIn,
      InputAfter<Known, After, SchemaOutput<In>>,
      InputFrom<After>
    >,
    options: NodeOptions<Known, After> = {},
  ): WorkflowBuilder<In, Out, StageOut, Known & { [K in Id]: StageOut }, Id> {
    checkStage(stage, "A workflow");
    const { id } = stage as AnyStage;
    checkOptions(`.stage("${id}")`, options, NODE_OPTIONS);
    const base = nodeOf(stage as AnyStage, options.after ?? []);
    const placed: StageNode = {
      ...base,
      join: options.join ?? base.join,
      when: options.when as ((outputs: Outputs) => boolean) | undefined,
      onFailure: options.onFailure ?? base.onFailure,
    };
    return this.#extended([placed], [id]);
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

  #extended<C, K extends object, T extends string>(
    added: readonly StageNode[],
    tail: readonly string[],
  ): WorkflowBuilder<In, Out, C, K, T> {
    const next = new WorkflowBuilder<In, Out, C, K, T>(this.#id, this.#options);
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
