import {
  type CommitPlan,
  type CommitResult,
  type Persistence,
  TABLE_NAMES,
} from "@pawl/kernel/ports";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import fc from "fast-check";
import { expect } from "vitest";
import { insert, planOf, runOf, stageOf, workerOf } from "../plans.ts";
import { draftPlan, legalPlan } from "./plans.ts";

export const PLANS_PER_STORE = 20;
export const NOW = 1_700_000_000_000;
/** Reasons that random plans must have met. */
export const REASONS: readonly string[] = [
  "ok",
  "rev",
  "fence",
  "exists",
  "terminal",
  "missing",
  "condemned",
];

type Given = { readonly draft: Parameters<typeof legalPlan>[0]; readonly again: boolean };

/** What a store answers, errors by their code, and what it then holds. */
async function told(
  persistence: Persistence,
  plans: readonly CommitPlan[],
): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const plan of plans) answers.push(await answerOf(persistence, plan));
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

/** A store to compare with the one in memory, empty and at `NOW`. */
export interface ComparedStore {
  readonly persistence: Persistence;
  close(): Promise<void>;
}

/** Compares what a store answers to random plans, and then holds, with what memory does. */
export class Agreement {
  readonly #tally = new Map<string, number>();
  readonly #create: () => Promise<ComparedStore>;

  constructor(create: () => Promise<ComparedStore>) {
    this.#create = create;
  }

  /** On so many stores; throws where they differ, or where some reason was never met. */
  async prove(stores: number): Promise<void> {
    const plan = fc.record({ draft: draftPlan, again: fc.nat(9).map((n) => n === 0) });
    const plans = fc.array(plan, { minLength: 1, maxLength: 2 * PLANS_PER_STORE, size: "max" });
    const { PROVE_SEED } = process.env;
    const seed = PROVE_SEED === undefined ? {} : { seed: Number(PROVE_SEED) };
    const property = fc.asyncProperty(plans, (given) => this.#agree(given));
    await fc.assert(property, { numRuns: stores, ...seed });
  }

  /** Reasons that no answer gave. */
  unmet(reasons: readonly string[]): readonly string[] {
    return reasons.filter((why) => !this.#tally.has(why));
  }

  async #agree(given: readonly Given[]): Promise<void> {
    const plans = given.flatMap(({ draft, again }) => {
      const plan = legalPlan(draft);
      return again ? [plan, plan] : [plan];
    });
    plans.unshift(begin());
    const store = await this.#create();
    try {
      const memory = createMemoryPersistence({ clock: { now: () => NOW } });
      const expected = await told(memory, plans);
      const answers = await told(store.persistence, plans);
      for (const [i, answer] of answers.entries()) {
        expect(answer, `of ${JSON.stringify(plans[i])}`).toEqual(expected[i]);
      }
      for (const answer of answers.slice(0, -1) as readonly (CommitResult | string)[]) {
        this.#count(answer);
      }
    } finally {
      await store.close();
    }
  }

  #count(answer: CommitResult | string): void {
    const name = typeof answer === "string" ? answer : answer.ok ? "ok" : answer.why;
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
  }
}
