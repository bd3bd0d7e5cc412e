import type { AnyStage, FailurePolicy, OutputsOf, StageDefinition } from "./stage.ts";

/** What the compiler knows of the stages so far. */
export interface Built {
  /** Outputs by stage id. */
  readonly outputs: object;
  /** Those that the next `.pipe` or `.parallel` comes after. */
  readonly tail: string;
  /** Those that none comes after. */
  readonly sinks: string;
  /** Those that may be skipped or end their branch: what comes after these alone is skipped. */
  readonly skips: string;
  /** Those that may fail and still count: what comes after runs, without their output. */
  readonly voids: string;
}

export interface NothingBuilt extends Built {
  readonly tail: never;
  readonly sinks: never;
  readonly skips: never;
  readonly voids: never;
}

/** With one stage more, after these. */
export interface WithStage<B extends Built, Id extends string, Out, Place extends Placed> {
  readonly outputs: B["outputs"] & { [K in Id]: Out };
  readonly tail: Id;
  readonly sinks: Exclude<B["sinks"], Place["after"]> | Id;
  readonly skips: B["skips"] | SkipOf<Id, Place, B["skips"]>;
  readonly voids: B["voids"] | VoidOf<Id, Place["policy"]>;
}

/** With stages side by side. */
export interface WithStages<B extends Built, Stages extends readonly AnyStage[]> {
  readonly outputs: B["outputs"] & OutputsOf<Stages>;
  readonly tail: IdsOf<Stages>;
  readonly sinks: Exclude<B["sinks"], B["tail"]> | IdsOf<Stages>;
  readonly skips:
    | B["skips"]
    | IdsWithPolicy<Stages[number], "stopBranch">
    | SkipOf<IdsOf<Stages>, Piped<B, "failRun">, B["skips"]>;
  readonly voids: B["voids"] | IdsWithPolicy<Stages[number], "continue">;
}

/** How a stage stands in the graph, as far as that may leave its output out. */
export interface Placed {
  readonly after: string;
  readonly join: unknown;
  readonly when: unknown;
  readonly policy: FailurePolicy;
}

/** As `.pipe` places a stage. */
export interface Piped<B extends Built, Policy extends FailurePolicy> {
  readonly after: B["tail"];
  readonly join: "all";
  readonly when: undefined;
  readonly policy: Policy;
}

export type IdsOf<Stages extends readonly AnyStage[]> = keyof OutputsOf<Stages> & string;

/** Outputs by stage id; those of `Loose` may be missing. Inferred, to be spelt out in messages. */
type Gathered<Known extends object, Ids extends PropertyKey, Loose> = {
  [K in Exclude<Ids, Loose> & keyof Known]: Known[K];
} & { [K in Ids & Loose & keyof Known]?: Known[K] } extends infer All
  ? { [K in keyof All]: All[K] }
  : never;

/** What a stage after these ids receives: the output itself, or outputs by stage id. */
export type InputAfter<B extends Built, After extends string, RunIn, Join = "all"> = [
  After,
] extends [never]
  ? RunIn
  : IsUnion<After> extends true
    ? Gathered<B["outputs"], After, [Join] extends ["all"] ? B["skips"] | B["voids"] : After>
    : OutputOf<B, After> | UndefinedIn<After, B["voids"]>;

/** What follows `.parallel`: outputs by stage id, of one stage too. */
export type GatheredTail<B extends Built> = Gathered<
  B["outputs"],
  B["tail"],
  IsUnion<B["tail"]> extends true ? B["skips"] | B["voids"] : B["voids"]
>;

/**
 * Output of a run: that of its one sink, or those of several by stage id; what came last where
 * ids are only known at run time.
 */
export type RunOutput<B extends Built, Last> = string extends B["sinks"]
  ? Last
  : IsUnion<B["sinks"]> extends true
    ? Gathered<B["outputs"], B["sinks"], B["skips"] | B["voids"]>
    : OutputOf<B, B["sinks"]> | UndefinedIn<B["sinks"], B["skips"] | B["voids"]>;

type OutputOf<B extends Built, Id extends string> = B["outputs"][Id & keyof B["outputs"]];

/** `undefined` where the id is in the set. */
export type UndefinedIn<Id extends string, Ids> = [Id] extends [Ids] ? undefined : never;

type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;

/** The id where the stage may be skipped or end its branch. */
type SkipOf<Id extends string, Place extends Placed, Skips extends string> = IdWhere<
  Id,
  | Stands<Place["when"]>
  | Extract<Stated<Place["policy"]>, "stopBranch">
  | Unmet<Place["after"], Place["join"], Skips>
>;

/** The id where the stage may fail and still count. */
type VoidOf<Id extends string, Policy> = IdWhere<Id, Extract<Stated<Policy>, "continue">>;

/** Those of a list whose own policy may be this one. */
type IdsWithPolicy<Stage, Policy extends FailurePolicy> =
  Stage extends StageDefinition<infer Id, infer _In, infer _Out, infer _Uses, infer Own>
    ? IdWhere<Id, Extract<Stated<Own>, Policy>>
    : never;

/** Stages because of which a join may not be met. */
type Unmet<After, Join, Skips> = [Join] extends ["all" | "any"]
  ? [After] extends [Skips]
    ? After
    : never
  : After & Skips;

/** A condition that was left out is inferred as one that may be undefined. */
type Stands<When> = [undefined] extends [When] ? never : When;

/** An id that is only known to be text says nothing of one stage. */
type IdWhere<Id extends string, Reasons> = [Reasons] extends [never]
  ? never
  : string extends Id
    ? never
    : Id;

/** A policy that may be any was not stated where the compiler sees it: it counts as the default. */
type Stated<Policy> = [FailurePolicy] extends [Policy] ? "failRun" : Policy;
