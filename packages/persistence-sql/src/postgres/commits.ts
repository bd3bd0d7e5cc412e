import type { CommitPlan, CommitResult, Committed } from "@pawl/kernel/ports";
import { factsStatement, withFacts } from "../statements/commit.ts";
import { partsOf } from "./commit-parts.ts";
import { commitStatement } from "./commit-statement.ts";
import { pause } from "./connection.ts";
import { isDuplicate, isLost, StatementTimeout } from "./errors.ts";
import type { PostgresCall } from "./postgres-call.ts";
import { type Failed, refusalOf } from "./refusals.ts";
import { wavesOf } from "./waves.ts";

/** How often a plan is tried whose guards hold, but whose rows another transaction has locked. */
const LOCKED_TRIES = 5;
const LOST_TRIES = 2;
const PAUSE_MAX_MS = 8;

/** Commits each plan or none of it; plans of one run in their order. */
export async function commitPlans(
  call: PostgresCall,
  plans: readonly CommitPlan[],
): Promise<readonly CommitResult[]> {
  const results: CommitResult[] = [];
  for (const wave of wavesOf(plans)) {
    const committed = await commitWave(
      call,
      wave.map((at) => plans[at] as CommitPlan),
    );
    for (const [i, at] of wave.entries()) results[at] = committed[i] as CommitResult;
  }
  return results;
}

interface Pending {
  readonly at: number;
  readonly plan: CommitPlan;
}

/** Plans that do not meet. What is locked is tried again a few times, then it is busy. */
async function commitWave(
  call: PostgresCall,
  plans: readonly CommitPlan[],
): Promise<readonly CommitResult[]> {
  const results: CommitResult[] = [];
  let left: readonly Pending[] = plans.map((plan, at) => ({ plan, at }));
  let lost = 0;
  for (let tries = 0; left.length > 0; tries += 1) {
    if (tries > 0) await pause(Math.min(2 ** tries, PAUSE_MAX_MS));
    const attempts = await attempt(
      call,
      left.map(({ plan }) => plan),
    );
    const last = tries + 1 === LOCKED_TRIES;
    const settled = await Promise.all(
      left.map(({ plan }, i) => settle(call, { plan, attempt: attempts[i] as Attempt, last })),
    );
    for (const [i, { at }] of left.entries()) {
      const result = settled[i];
      if (result) results[at] = result;
    }
    left = left.filter((_, i) => settled[i] === undefined);
    const unanswered = attempts.find((one) => "lost" in one);
    if (left.length > 0 && unanswered && "lost" in unanswered) {
      lost += 1;
      const late = unanswered.lost instanceof StatementTimeout;
      if (late || lost === LOST_TRIES) throw unanswered.lost;
    }
  }
  return results;
}

type Attempt =
  | { readonly committed: Committed }
  | { readonly failed: Failed }
  /** The connection was lost: nobody knows yet. */
  | { readonly lost: unknown };

type Results = readonly (Committed | undefined)[];

/** Undefined when a plan among others needs statements of its own. */
async function execute(
  call: PostgresCall,
  plans: readonly CommitPlan[],
): Promise<Results | undefined> {
  const { schema, session, now, waitsForKeys } = call;
  const parts = plans.map(partsOf);
  if (parts.every(({ length }) => length === 1)) {
    const { statement, answer } = commitStatement(schema, plans, { now: now(), waitsForKeys });
    return answer(await session.once(statement)).results;
  }
  const [plan] = plans;
  return plan && plans.length === 1 ? [await executeParts(call, plan, parts[0] ?? [])] : undefined;
}

/** A plan that writes a row twice: one transaction, whose first statement carries the guards. */
const executeParts = (
  { schema, session, now, waitsForKeys }: PostgresCall,
  plan: CommitPlan,
  parts: readonly CommitPlan[],
): Promise<Committed | undefined> =>
  session.transaction(async (run) => {
    let committed: Committed | undefined;
    for (const [at, part] of parts.entries()) {
      const { statement, answer } = commitStatement(schema, [part], {
        now: now(),
        evidence: at === 0,
        waitsForKeys,
      });
      const [result] = answer(await run(statement)).results;
      if (!result) return undefined;
      const counters = [...(committed?.counters ?? []), ...result.counters];
      committed = { ...result, ...committed, counters };
    }
    const stage = plan.guards.find((guard) => guard.kind === "stage")?.key;
    return committed && stage
      ? withFacts(await run(factsStatement(schema, stage)), withoutFacts(committed))
      : committed;
  });

const withoutFacts = ({ held: _, inbox: _i, ...committed }: Committed): Committed => committed;

/** One statement for all; when a row of one plan is there already, each half by itself. */
async function attempt(
  call: PostgresCall,
  plans: readonly CommitPlan[],
): Promise<readonly Attempt[]> {
  try {
    const results = await execute(call, plans);
    if (results) {
      if (results.some((committed) => committed)) call.session.wrote();
      return results.map((committed) => (committed ? { committed } : { failed: "guard" }));
    }
  } catch (error) {
    if (isLost(error)) return plans.map(() => ({ lost: error }));
    if (!isDuplicate(error)) throw error;
    if (plans.length === 1) return [{ failed: "exists" }];
  }
  const middle = Math.ceil(plans.length / 2);
  const first = await attempt(call, plans.slice(0, middle));
  return [...first, ...(await attempt(call, plans.slice(middle)))];
}

interface Attempted {
  readonly plan: CommitPlan;
  readonly attempt: Attempt;
  /** Nothing more is tried: what is unclear is busy. */
  readonly last: boolean;
}

/** The answer for a plan; undefined when it should be tried again. */
async function settle(
  call: PostgresCall,
  { plan, attempt, last }: Attempted,
): Promise<CommitResult | undefined> {
  if ("committed" in attempt) return attempt.committed;
  const failed = "failed" in attempt ? attempt.failed : "guard";
  // A key may be held for long: nobody else waits for what becomes of it.
  const ends = last || plan.guards.some(({ kind }) => kind === "absent");
  return refusalOf(call, { plan, failed, last: ends && !("lost" in attempt) });
}
