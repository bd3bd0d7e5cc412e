import { test } from "vitest";
import { fixedClock, PLANS_PER_STORE, proveAlike } from "../differential/agree.ts";
import { onPostgres } from "./on-postgres.ts";

const stores = Number(process.env.PROVE_PLANS_POSTGRES ?? 800) / PLANS_PER_STORE;

onPostgres("PostgreSQL beside memory", (place) => {
  test.each([1, 4])(
    `answers ${stores * PLANS_PER_STORE} random plans alike, %i at once`,
    { timeout: 60_000 + stores * 3_000 },
    (together) =>
      proveAlike({
        stores,
        together,
        open: async () => {
          const schema = place().database.schema();
          return {
            persistence: await schema.open({ clock: fixedClock }),
            close: () => schema.remove(),
          };
        },
      }),
  );
});
