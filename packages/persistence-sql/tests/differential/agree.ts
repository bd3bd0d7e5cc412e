import {
  type CommitPlan,
  type CommitResult,
  type Persistence,
  TABLE_NAMES,
} from "@pawl/kernel/ports";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { insert, planOf, runOf, stageOf, workerOf } from "@pawl/test-parts/plans";
import fc from "fast-check";
import { expect } from "vitest";
import { draftPlan, legalPlan } from "./plans.ts";

const NOW = 1_700_000_000_000;

export const fixedClock = { now: (): number => NOW };

interface Given {
  readonly draft: Parameters<typeof legalPlan>[0];
  readonly again: boolean;
}

export const PLANS_PER_STORE = 20;

/** Plans for one store, some of them given twice. */
const givenPlans: fc.Arbitrary<Given[]> = fc.array(
  fc.record({ draft: draftPlan, again: fc.nat(9).map((n) => n === 0) }),
  { minLength: 1, maxLength: 2 * PLANS_PER_STORE, size: "max" },
);

/** What a store answers, errors by their code, and what it then holds. */
async function told(
  persistence: Persistence,
  plans: readonly CommitPlan[],
  together: number,
): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (let from = 0; from < plans.length; from += together) {
    const some = plans.slice(from, from + together);
    if (together === 1) answers.push(await answerOf(persistence, some[0] as CommitPlan));
    else answers.push(...(await persistence.commitMany(some)).map(inOrder));
  }
  return [...answers, await rowsOf(persistence)];
}

const answerOf = async (
  persistence: Persistence,
  plan: CommitPlan,
): Promise<CommitResult | string> => {
  try {
    return inOrder(await persistence.commit(plan));
  } catch (error) {
    const { code } = error as { code?: string };
    if (code?.startsWith("E_")) return code;
    throw error;
  }
};

/** The port promises no order of a snapshot's rows, but for signals that arrived one by one. */
function inOrder(result: CommitResult): CommitResult {
  if (result.ok || !result.snapshot) return result;
  const sorted = <R>(rows: readonly R[]): R[] =>
    rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const { snapshot } = result;
  const stages = sorted(snapshot.stages.map(plainly));
  const waits = sorted(snapshot.waits.map(plainly));
  const signals = sorted(snapshot.signals.map(plainly));
  return { ...result, snapshot: { ...snapshot, stages, waits, signals } };
}

/** Columns in one order. */
const plainly = <R extends object>(row: R): R =>
  Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))) as R;

/** All rows but `commits`: which plans leave evidence there is the adapter's own affair. */
async function rowsOf({ query }: Persistence): Promise<unknown> {
  const compared = TABLE_NAMES.filter((table) => table !== "commits");
  const tables = compared.map(async (table) => {
    const rows = await query.find({ table, where: {}, limit: 1_000, payloads: true });
    return [table, rows.map((row) => JSON.stringify(plainly(row))).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(tables));
}

/** Something for guards to hold of, and for writes to change. */
const begin = (): CommitPlan =>
  planOf({
    writes: [
      runOf("one", { rev: 0 }),
      stageOf("one", { stageId: "a", fence: 1 }),
      stageOf("one", { stageId: "b", mapIndex: 1, status: "running" }),
      insert("waits", { runId: "one", stageId: "a", key: "k1" }),
      workerOf({ id: "one", expiresAt: NOW + 1 }),
      insert("deadLetters", { id: "one" }),
      insert("blobTombstones", { hash: "h1" }),
    ],
  });

/** How often plans were answered with what. */
class Tally {
  readonly #counts = new Map<string, number>();

  count(answer: CommitResult | string): void {
    const name = typeof answer === "string" ? answer : answer.ok ? "ok" : answer.why;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Reasons that no plan was answered with. */
  lacking(): readonly string[] {
    const reasons = ["ok", "rev", "fence", "exists", "terminal", "missing", "condemned"];
    return reasons.filter((why) => !this.#counts.has(why));
  }
}

/** An empty store at the fixed instant. */
export interface ComparedStore {
  readonly persistence: Persistence;
  close(): Promise<void>;
}

export interface Comparison {
  /** How many stores. */
  readonly stores: number;
  readonly open: () => Promise<ComparedStore>;
  /** Plans that are committed as one batch. Default 1. */
  readonly together?: number;
}

/**
 * Random plans are answered alike by memory and by stores, which then hold the same rows; and
 * they met every reason for a refusal. PROVE_SEED draws other plans.
 */
export async function proveAlike({ stores, open, together = 1 }: Comparison): Promise<void> {
  const tally = new Tally();
  const onStore = async (given: readonly Given[]): Promise<void> => {
    const { persistence, close } = await open();
    await agree(given, persistence, { tally, together }).finally(close);
  };
  const seed = process.env.PROVE_SEED === undefined ? {} : { seed: Number(process.env.PROVE_SEED) };
  await fc.assert(fc.asyncProperty(givenPlans, onStore), { numRuns: stores, ...seed });
  expect(tally.lacking()).toEqual([]);
}

/** Memory and an empty store answer the plans alike, and hold the same rows. */
async function agree(
  given: readonly Given[],
  persistence: Persistence,
  { tally, together }: { readonly tally: Tally; readonly together: number },
): Promise<void> {
  const plans = given.flatMap(({ draft, again }) => {
    const plan = legalPlan(draft);
    return again ? [plan, plan] : [plan];
  });
  plans.unshift(begin());
  const expected = await told(createMemoryPersistence({ clock: fixedClock }), plans, together);
  const answers = await told(persistence, plans, together);
  for (const [i, answer] of answers.entries()) {
    expect(answer, `of ${JSON.stringify(plans[i])}`).toEqual(expected[i]);
  }
  for (const answer of answers.slice(0, -1)) tally.count(answer as CommitResult | string);
}
