import fc from "fast-check";
import { expect, test } from "vitest";
import { agree, fixedClock, type Given, givenPlans, Tally } from "../differential/agree.ts";
import { onPostgres } from "./on-postgres.ts";

const PLANS_PER_STORE = 20;
const STORES = Number(process.env.PROVE_PLANS_POSTGRES ?? 800) / PLANS_PER_STORE;
const PLANS = STORES * PLANS_PER_STORE;

onPostgres("PostgreSQL beside memory", (place) => {
  test.each([1, 4])(
    `answers ${PLANS} random plans alike, %i at once, and holds the same rows`,
    {
      timeout: 60_000 + STORES * 3_000,
    },
    async (together) => {
      const tally = new Tally();
      const onServer = async (given: readonly Given[]): Promise<void> => {
        const schema = place().database.schema();
        const persistence = await schema.open({ clock: fixedClock });
        await agree(given, persistence, { tally, together }).finally(() => schema.remove());
      };
      const seed =
        process.env.PROVE_SEED === undefined ? {} : { seed: Number(process.env.PROVE_SEED) };
      const plans = fc.asyncProperty(givenPlans(2 * PLANS_PER_STORE), onServer);
      await fc.assert(plans, { numRuns: STORES, ...seed });
      expect(tally.lacking()).toEqual([]);
    },
  );
});
