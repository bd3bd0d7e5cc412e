import fc from "fast-check";
import { expect, test } from "vitest";
import { createSqlitePersistence } from "../../src/index.ts";
import { agree, fixedClock, type Given, givenPlans, Tally } from "./agree.ts";

const PLANS_PER_STORE = 20;
const STORES = Number(process.env.PROVE_PLANS ?? 2_000) / PLANS_PER_STORE;
const PLANS = STORES * PLANS_PER_STORE;

test(`memory and SQLite answer ${PLANS} random plans alike and hold the same rows`, {
  timeout: 60_000 + STORES * 1_000,
}, async () => {
  const tally = new Tally();
  const onSqlite = async (given: readonly Given[]): Promise<void> => {
    const sqlite = await createSqlitePersistence({ path: ":memory:", clock: fixedClock });
    await agree(given, sqlite, { tally }).finally(() => sqlite.close());
  };
  const seed = process.env.PROVE_SEED === undefined ? {} : { seed: Number(process.env.PROVE_SEED) };
  const plans = fc.asyncProperty(givenPlans(2 * PLANS_PER_STORE), onSqlite);
  await fc.assert(plans, { numRuns: STORES, ...seed });
  expect(tally.lacking()).toEqual([]);
});
