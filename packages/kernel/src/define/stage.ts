import { EngineError } from "../errors/engine-error.ts";
import { checkOptions, type OptionKinds, shown } from "./check-options.ts";
import type { StageContext } from "./context.ts";
import { type Duration, toMs } from "./duration.ts";
import {
  DEFAULT_STAGE_RETRY,
  type RetryOptions,
  type RetryPolicy,
  retryPolicy,
} from "./retry-policy.ts";
import type { Schema, SchemaInput, SchemaOutput } from "./schema.ts";

/** What a failed stage means: the run fails, its branch ends, or it counts as resolved. */
export type FailurePolicy = "failRun" | "stopBranch" | "continue";

export interface StageOptions {
  readonly retry?: RetryOptions;
  /** Soft limit of one execution of the stage; time suspended does not count. */
  readonly timeout?: Duration;
  /** Cancelled when it has been ready this long without being started. */
  readonly startTimeout?: Duration;
  readonly onFailure?: FailurePolicy;
  readonly queue?: string;
  readonly priority?: number;
}

/** A stage as the engine executes it; schemas have been applied by then. */
export interface AnyStage extends StageOptions {
  readonly id: string;
  readonly inputSchema: Schema | undefined;
  readonly outputSchema: Schema | undefined;
  readonly configSchema: Schema | undefined;
  readonly uses: readonly string[];
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number | undefined;
  readonly startTimeoutMs: number | undefined;
  execute(ctx: StageContext<never, never, never>): Promise<{ readonly output: unknown }>;
}

/** A stage with its types: `In` is what it accepts, `Out` what its output schema yields. */
export interface StageDefinition<
  Id extends string,
  In,
  Out,
  Uses extends object = object,
  Policy extends FailurePolicy = FailurePolicy,
> extends AnyStage {
  readonly id: Id;
  /** Types only; never set. */
  readonly "~types"?: {
    readonly input: In;
    readonly output: Out;
    readonly uses: Uses;
    readonly policy: Policy;
  };
}

/** Outputs by stage id of the stages in a list. */
export type OutputsOf<Stages extends readonly AnyStage[]> = {
  [S in Stages[number] as S extends StageDefinition<infer Id, infer _In, infer _Out>
    ? Id
    : never]: S extends StageDefinition<infer _Id, infer _In, infer Out> ? Out : never;
};

export interface StageSpec<
  Id extends string,
  In extends Schema,
  Out extends Schema,
  Config extends Schema,
  Uses extends readonly AnyStage[],
  Policy extends FailurePolicy = FailurePolicy,
> extends StageOptions {
  /** Unique within the workflow. */
  readonly id: Id;
  readonly schemas: { readonly input?: In; readonly output?: Out; readonly config?: Config };
  /** Earlier stages whose outputs `ctx.require` and `ctx.optional` read. */
  readonly uses?: Uses;
  /** The compiler knows of a stage after it whether this one's output may be missing. */
  readonly onFailure?: Policy;
  execute(
    ctx: StageContext<SchemaOutput<In>, SchemaOutput<Config>, OutputsOf<Uses>>,
  ): Promise<{ readonly output: SchemaInput<Out> }>;
}

/** Options that stages and function workflows share. */
export const STAGE_OPTIONS: OptionKinds<StageOptions> = {
  retry: "object?",
  timeout: "any?",
  startTimeout: "any?",
  onFailure: ["failRun", "stopBranch", "continue"],
  queue: "text?",
  priority: "number?",
};

type AnyStageSpec = StageSpec<string, Schema, Schema, Schema, readonly AnyStage[]>;

const SPEC_OPTIONS: OptionKinds<AnyStageSpec> = {
  ...STAGE_OPTIONS,
  id: "any?",
  schemas: "object",
  uses: "list?",
  execute: "function",
};

const SCHEMA_OPTIONS: OptionKinds<AnyStageSpec["schemas"]> = {
  input: "schema?",
  output: "schema?",
  config: "schema?",
};

/**
 * A stage: a typed node that workflows share. Input, output and config are validated by their
 * schemas; a fault in any of them fails the stage for good.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function defineStage<
  const Id extends string,
  In extends Schema = Schema,
  Out extends Schema = Schema,
  Config extends Schema = Schema,
  const Uses extends readonly AnyStage[] = readonly [],
  const Policy extends FailurePolicy = "failRun",
>(
  spec: StageSpec<Id, In, Out, Config, Uses, Policy>,
): StageDefinition<Id, SchemaInput<In>, SchemaOutput<Out>, OutputsOf<Uses>, Policy> {
  const what = subjectOf("defineStage", "Stage", spec);
  checkOptions(what, spec, SPEC_OPTIONS);
  checkId(spec.id, "stage");
  checkOptions(`${what} schemas`, spec.schemas, SCHEMA_OPTIONS);
  for (const stage of spec.uses ?? []) checkStage(stage, `"uses" of ${what}`);
  return Object.freeze({
    ...spec,
    inputSchema: spec.schemas.input,
    outputSchema: spec.schemas.output,
    configSchema: spec.schemas.config,
    uses: (spec.uses ?? []).map((stage) => stage.id),
    retryPolicy: retryPolicy(spec.retry, DEFAULT_STAGE_RETRY, `${what} retry`),
    timeoutMs: optionalMs(spec.timeout, `${what} timeout`),
    startTimeoutMs: optionalMs(spec.startTimeout, `${what} startTimeout`),
  }) as unknown as StageDefinition<Id, SchemaInput<In>, SchemaOutput<Out>, OutputsOf<Uses>, Policy>;
}

/** What messages about a definition speak of: it by its id, else the function that got it. */
export function subjectOf(call: string, noun: string, spec: unknown): string {
  const { id } = (spec ?? {}) as { readonly id?: unknown };
  return typeof id === "string" ? `${noun} "${id}"` : call;
}

/**
 * @throws EngineError E_ARGUMENT_INVALID for what is no stage
 */
export function checkStage(stage: unknown, where: string): void {
  const { id, retryPolicy } = (stage ?? {}) as Partial<AnyStage>;
  if (typeof id === "string" && retryPolicy) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `${where} takes what defineStage answers; ${shown(stage)} was given.`,
  );
}

export const optionalMs = (duration: Duration | undefined, what: string): number | undefined =>
  duration === undefined ? undefined : toMs(duration, what);

const NAME_LENGTH_MAX = 128;

/** What messages call the name of a thing; of all others it is an id. */
const NOUNS: Readonly<Record<string, string>> = { step: "key", sleep: "key", artifact: "name" };

/** Ids, keys and names are 1 to 128 characters, without those that `checkName` refuses. */
export const checkId = (id: unknown, what: string): void =>
  checkName(id, `The ${NOUNS[what] ?? "id"} of a ${what}`);

/**
 * @throws EngineError E_ARGUMENT_INVALID for what is no text of 1 to 128 characters without
 * control characters or halves of surrogate pairs
 */
export function checkName(name: unknown, subject: string): void {
  const text = typeof name === "string" ? name : "";
  const isPlain = [...text].every((c) => c >= " " && !/^[\ud800-\udfff]$/.test(c));
  if (text.length > 0 && text.length <= NAME_LENGTH_MAX && isPlain) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `${subject} is ${shown(name)}; give text of 1 to ${NAME_LENGTH_MAX} characters ` +
      "without control characters.",
    { details: { subject } },
  );
}
