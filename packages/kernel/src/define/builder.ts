import { EngineError } from "../errors/engine-error.ts";
import { checkOptions, type OptionKinds, shown } from "./check-options.ts";
import type { Join, Outputs, StageNode } from "./graph.ts";
import type {
  Built,
  GatheredTail,
  InputAfter,
  NothingBuilt,
  Piped,
  RunOutput,
  UndefinedIn,
  WithStage,
  WithStages,
} from "./presence.ts";
import type { Schema, SchemaInput, SchemaOutput } from "./schema.ts";
import {
  type AnyStage,
  checkStage,
  type FailurePolicy,
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

/** Asked with the outputs of the stages right before it. Must be pure. */
export type Condition<Known extends object> = (outputs: Partial<Known>) => boolean;

export interface NodeOptions<
  Known extends object,
  After extends keyof Known & string,
  When extends Condition<Known> | undefined = Condition<Known> | undefined,
  StageJoin extends Join = Join,
  Policy extends FailurePolicy = FailurePolicy,
> {
  /** Ids of earlier stages; none makes it a root that gets the run's input. */
  readonly after?: readonly After[];
  /** `all` (default) waits for every stage before it to end; the others may leave some out. */
  readonly join?: StageJoin;
  /** False skips the stage, and what depends on it alone. */
  readonly when?: When;
  readonly onFailure?: Policy;
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

type AllFitting<Stages extends readonly AnyStage[], Gets, From> = {
  readonly [I in keyof Stages]: Stages[I] extends StageDefinition<
    infer _Id,
    infer Wants,
    infer _Out,
    infer _Uses,
    infer _Policy
  >
    ? Fitting<Stages[I], Wants, Gets, From>
    : Stages[I];
};

/** After one stage: the next `.pipe` receives its output. */
type After<In extends Schema, Out extends Schema, StageOut, B extends Built> = WorkflowBuilder<
  In,
  Out,
  StageOut | UndefinedIn<B["tail"], B["voids"]>,
  B
>;

/**
 * Builds a typed graph of stages. `Current` is what the next `.pipe` receives, `B` what is known
 * of the stages so far. Every method answers a new builder.
 */
export class WorkflowBuilder<
  In extends Schema = Schema,
  Out extends Schema = Schema,
  Current = SchemaOutput<In>,
  B extends Built = NothingBuilt,
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
  pipe<
    Id extends string,
    StageIn,
    StageOut,
    Uses extends object,
    Policy extends FailurePolicy = FailurePolicy,
  >(
    stage: Fitting<
      StageDefinition<Id, StageIn, StageOut, Uses, Policy>,
      StageIn,
      Current,
      InputFrom<B["tail"]>
    >,
  ): After<In, Out, StageOut, WithStage<B, Id, StageOut, Piped<B, Policy>>> {
    const node = nodeOf(stage as AnyStage, this.#tail, this.#tailIsParallel);
    return this.#extended([node], [node.id]);
  }

  /** Stages side by side with the same input; the next gets `{ [stage id]: output }`. */
  parallel<const Stages extends readonly AnyStage[]>(
    stages: readonly [...AllFitting<Stages, Current, InputFrom<B["tail"]>>],
  ): WorkflowBuilder<In, Out, GatheredTail<WithStages<B, Stages>>, WithStages<B, Stages>> {
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
    type Wider = WithStages<B, Stages>;
    const next = this.#extended<GatheredTail<Wider>, Wider>(added, ids);
    next.#tailIsParallel = true;
    return next;
  }

  /** A stage anywhere in the graph, after any earlier stages. */
  stage<
    Id extends string,
    StageIn,
    StageOut,
    Uses extends object,
    const Ups extends keyof B["outputs"] & string = never,
    Own extends FailurePolicy = FailurePolicy,
    const StageJoin extends Join = "all",
    When extends Condition<B["outputs"]> | undefined = Condition<B["outputs"]> | undefined,
    const Policy extends FailurePolicy = Own,
  >(
    stage: Fitting<
      StageDefinition<Id, StageIn, StageOut, Uses, Own>,
      StageIn,
      InputAfter<B, Ups, SchemaOutput<In>, StageJoin>,
      InputFrom<Ups>
    >,
    options: NodeOptions<B["outputs"], Ups, When, StageJoin, Policy> = {},
  ): After<
    In,
    Out,
    StageOut,
    WithStage<B, Id, StageOut, { after: Ups; join: StageJoin; when: When; policy: Policy }>
  > {
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
   * @throws EngineError E_STAGES_EMPTY, E_STAGE_DUPLICATE, E_STAGE_UNKNOWN, E_STAGE_CYCLE,
   * E_ARGUMENT_INVALID
   */
  build(): Workflow<
    SchemaInput<In>,
    unknown extends SchemaOutput<Out> ? RunOutput<B, Current> : SchemaOutput<Out>
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

  #extended<C, More extends Built>(
    added: readonly StageNode[],
    tail: readonly string[],
  ): WorkflowBuilder<In, Out, C, More> {
    const next = new WorkflowBuilder<In, Out, C, More>(this.#id, this.#options);
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
